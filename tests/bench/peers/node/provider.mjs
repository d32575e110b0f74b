// oidc-provider as a cluster, its rows in Redis. BENCH holds a JSON object: port, redis, processes, redirect, secrets.
import cluster from 'node:cluster';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Redis from 'ioredis';
import Provider from 'oidc-provider';

const told = JSON.parse(process.env.BENCH);
const issuer = `http://127.0.0.1:${told.port}`;

if (cluster.isPrimary) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'ES256' };
  const shared = { KEY: JSON.stringify(key), COOKIES: randomBytes(32).toString('hex') };
  const workers = [...Array(told.processes)].map(() => cluster.fork(shared));
  process.on('SIGTERM', () => {
    for (const worker of workers) worker.process.kill('SIGTERM');
    process.exit(0);
  });
} else {
  serve();
}

function serve() {
  const redis = new Redis({ port: told.redis, host: '127.0.0.1', keyPrefix: 'oidc:' });
  const grouped = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']);

  class Rows {
    constructor(name) {
      this.name = name;
    }

    key(id) {
      return `${this.name}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const multi = redis.multi().hset(this.key(id), { payload: JSON.stringify(payload) });
      if (expiresIn) multi.expire(this.key(id), expiresIn);
      if (payload.uid) multi.set(`uid:${payload.uid}`, id, 'EX', expiresIn || 3600);
      if (grouped.has(this.name) && payload.grantId) {
        multi.rpush(`grant:${payload.grantId}`, this.key(id));
        multi.expire(`grant:${payload.grantId}`, expiresIn || 3600);
      }
      await multi.exec();
    }

    async find(id) {
      const { payload, consumed } = await redis.hgetall(this.key(id));
      if (!payload) return undefined;
      return { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) };
    }

    async findByUid(uid) {
      const id = await redis.get(`uid:${uid}`);
      return id ? this.find(id) : undefined;
    }

    async consume(id) {
      await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await redis.del(this.key(id));
    }

    async revokeByGrantId(grantId) {
      const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
      await redis.del(`grant:${grantId}`, ...keys);
    }
  }

  const client = { redirect_uris: [told.redirect], response_types: ['code'], id_token_signed_response_alg: 'ES256' };
  const grants = ['authorization_code', 'refresh_token'];
  const hour = 3600;
  const resource = 'urn:bench:jobs';

  const provider = new Provider(issuer, {
    adapter: Rows,
    clients: [
      { ...client, client_id: 'web', client_secret: told.web, grant_types: grants },
      { ...client, client_id: 'mobile', token_endpoint_auth_method: 'none', grant_types: grants },
      {
        client_id: 'machine',
        client_secret: told.machine,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [JSON.parse(process.env.KEY)] },
    cookies: { keys: [process.env.COOKIES] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Ann Bench', preferred_username: id, email: `${id}@example.org`, email_verified: true }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (ctx.oidc.client.clientId === 'machine' ? resource : undefined),
        getResourceServerInfo: () => ({
          scope: 'jobs',
          accessTokenFormat: 'jwt',
          accessTokenTTL: hour,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    rotateRefreshToken: (ctx) => ctx.oidc.client.clientAuthMethod === 'none',
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      const known = session.grantIdFor(client.clientId);
      const found = known && (await provider.Grant.find(known));
      if (found) return found;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    ttl: { AccessToken: hour, AuthorizationCode: 600, ClientCredentials: hour, Grant: hour, IdToken: hour, Interaction: hour, RefreshToken: hour, Session: hour },
  });

  // The sign-in page, the only page: whoever comes is let in under the name that is typed.
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    if (ctx.method === 'GET') {
      await provider.interactionDetails(ctx.req, ctx.res);
      ctx.type = 'html';
      ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="${ctx.path}">
        <input name="username"><input name="password" type="password"><button>Sign in</button></form>`;
      return undefined;
    }
    let body = '';
    for await (const part of ctx.req) body += part;
    const accountId = new URLSearchParams(body).get('username');
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId } }));
    return undefined;
  });

  provider.listen(told.port, '127.0.0.1');
}
