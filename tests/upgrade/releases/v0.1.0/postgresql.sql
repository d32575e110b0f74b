--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts (
    id integer NOT NULL,
    sub character varying(64) NOT NULL,
    email character varying(320) NOT NULL,
    email_verified_at timestamp with time zone,
    username character varying(64),
    given_name character varying(100) NOT NULL,
    family_name character varying(100) NOT NULL,
    picture character varying(2000),
    password_hash character varying(300),
    is_admin boolean NOT NULL,
    token_epoch integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    last_sign_in_at timestamp with time zone,
    disabled_at timestamp with time zone
);


--
-- Name: accounts_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.accounts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: accounts_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.accounts_id_seq OWNED BY public.accounts.id;


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: audit_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_events (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event character varying(64) NOT NULL,
    outcome character varying(16) NOT NULL,
    subject character varying(64),
    actor character varying(64),
    client_id character varying(255),
    source character varying(64),
    detail json NOT NULL
);


--
-- Name: audit_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.audit_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: audit_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.audit_events_id_seq OWNED BY public.audit_events.id;


--
-- Name: browser_sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.browser_sessions (
    id character varying(32) NOT NULL,
    token_digest bytea NOT NULL,
    account_id integer NOT NULL,
    epoch integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    auth_time timestamp with time zone NOT NULL,
    amr json NOT NULL,
    source character varying(64) NOT NULL,
    user_agent character varying(300) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);


--
-- Name: client_logos; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.client_logos (
    client_id character varying(255) NOT NULL,
    logo_uri character varying(2000) NOT NULL,
    media_type character varying(32) NOT NULL,
    content bytea NOT NULL,
    fetched_at timestamp with time zone NOT NULL
);


--
-- Name: clients; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.clients (
    client_id character varying(255) NOT NULL,
    client_secret_digest bytea,
    client_name character varying(200) NOT NULL,
    token_endpoint_auth_method character varying(32) NOT NULL,
    redirect_uris json NOT NULL,
    post_logout_redirect_uris json NOT NULL,
    grant_types json NOT NULL,
    scope character varying(1000) NOT NULL,
    id_token_signed_response_alg character varying(16) NOT NULL,
    require_pkce boolean NOT NULL,
    first_party boolean NOT NULL,
    client_uri character varying(2000),
    logo_uri character varying(2000),
    policy_uri character varying(2000),
    tos_uri character varying(2000),
    jwks json,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone
);


--
-- Name: consents; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.consents (
    id bigint NOT NULL,
    account_id integer NOT NULL,
    client_id character varying(255) NOT NULL,
    scope character varying(1000) NOT NULL,
    given_at timestamp with time zone NOT NULL
);


--
-- Name: consents_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.consents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: consents_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.consents_id_seq OWNED BY public.consents.id;


--
-- Name: failure_counters; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.failure_counters (
    key_digest bytea NOT NULL,
    holder character varying(64),
    failures integer NOT NULL,
    blocked_until timestamp with time zone NOT NULL,
    last_failure_at timestamp with time zone NOT NULL
);


--
-- Name: grants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.grants (
    id bigint NOT NULL,
    code_digest bytea,
    code_expires_at timestamp with time zone,
    redeemed_at timestamp with time zone,
    client_id character varying(255) NOT NULL,
    account_id integer NOT NULL,
    session_id character varying(32),
    epoch integer NOT NULL,
    redirect_uri character varying(2000),
    scope character varying(1000) NOT NULL,
    nonce character varying(2000),
    code_challenge character varying(128),
    auth_time timestamp with time zone NOT NULL,
    amr json NOT NULL,
    offline boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);


--
-- Name: grants_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.grants_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: grants_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.grants_id_seq OWNED BY public.grants.id;


--
-- Name: outbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    kind character varying(32) NOT NULL,
    recipient character varying(320) NOT NULL,
    label character varying(200) NOT NULL,
    sealed_payload bytea,
    created_at timestamp with time zone NOT NULL,
    next_attempt_at timestamp with time zone,
    attempts integer NOT NULL,
    delivered_at timestamp with time zone,
    failed_at timestamp with time zone,
    last_error character varying(300)
);


--
-- Name: outbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: outbox_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;


--
-- Name: pending_requests; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pending_requests (
    id_digest bytea NOT NULL,
    client_id character varying(255) NOT NULL,
    parameters json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: proofs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.proofs (
    id integer NOT NULL,
    purpose character varying(32) NOT NULL,
    holder character varying(100) NOT NULL,
    account_id integer,
    email character varying(320) NOT NULL,
    token_digest bytea NOT NULL,
    code_digest bytea,
    tries integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    code_expires_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: proofs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.proofs_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: proofs_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.proofs_id_seq OWNED BY public.proofs.id;


--
-- Name: refresh_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.refresh_tokens (
    digest bytea NOT NULL,
    grant_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    rotated_at timestamp with time zone
);


--
-- Name: revoked_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.revoked_tokens (
    jti character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: sign_ups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sign_ups (
    id_digest bytea NOT NULL,
    email character varying(320) NOT NULL,
    username character varying(64),
    details json NOT NULL,
    account_id integer,
    next_path character varying(2000),
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: signing_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.signing_keys (
    kid character varying(64) NOT NULL,
    algorithm character varying(16) NOT NULL,
    state character varying(16) NOT NULL,
    sealed_private_key bytea NOT NULL,
    public_jwk json NOT NULL,
    slot character varying(32),
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone
);


--
-- Name: accounts id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts ALTER COLUMN id SET DEFAULT nextval('public.accounts_id_seq'::regclass);


--
-- Name: audit_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_events ALTER COLUMN id SET DEFAULT nextval('public.audit_events_id_seq'::regclass);


--
-- Name: consents id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.consents ALTER COLUMN id SET DEFAULT nextval('public.consents_id_seq'::regclass);


--
-- Name: grants id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.grants ALTER COLUMN id SET DEFAULT nextval('public.grants_id_seq'::regclass);


--
-- Name: outbox id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);


--
-- Name: proofs id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proofs ALTER COLUMN id SET DEFAULT nextval('public.proofs_id_seq'::regclass);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts VALUES (1, 'XjO7JA9HZaZKMDzyNRtfnI', 'ann@example.com', '2026-11-21 05:53:11.688843+00', 'ann', '', '', NULL, '$argon2id$v=19$m=19456,t=2,p=1$eNcnIwT96VQwlZ3VeV/G8Q$UFnlINbsFyU+AiBcQ0YpM9VazGfl/gwD/2uZf6GQYfE', false, 0, '2026-11-21 05:53:11.688843+00', '2026-11-21 05:53:11.688843+00', NULL, NULL);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0001');


--
-- Data for Name: audit_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_events VALUES (1, '2026-11-21 05:53:11.693154+00', 'account.created', 'success', 'XjO7JA9HZaZKMDzyNRtfnI', 'command line', NULL, NULL, '{}');
INSERT INTO public.audit_events VALUES (2, '2026-11-21 05:53:11.700523+00', 'client.registered', 'success', NULL, 'command line', 'app', NULL, '{"name": "App"}');


--
-- Data for Name: browser_sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.browser_sessions VALUES ('RIuQnhpcIUC4sx5kynWMB6', '\x20caabb7fb089a62a7ccd213b9aa72d2ded64f9b354205237812157c3049c714', 1, 0, '2026-11-21 05:53:11.701354+00', '2026-11-21 05:53:11.701354+00', '2026-11-21 05:53:11.701354+00', '["pwd"]', '192.0.2.1', 'Browser', '2026-12-05 05:53:11.701354+00', NULL);


--
-- Data for Name: client_logos; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: clients; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.clients VALUES ('app', '\x598d01a882304374a92ed0b5710e91ac5c33c486b3631f9d462f54bcf7c297b5', 'App', 'client_secret_basic', '["https://app.example/cb"]', '[]', '["authorization_code", "refresh_token"]', 'openid profile email offline_access', 'RS256', false, true, NULL, NULL, NULL, NULL, 'null', '2026-11-21 05:53:11.698406+00', '2026-11-21 05:53:11.698406+00', NULL);


--
-- Data for Name: consents; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: failure_counters; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: grants; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.grants VALUES (1, '\x889194497648a9525f4fbeacb1ca224d6995ccadabc05c930b1274d4a8905962', '2026-11-21 05:54:11.703408+00', '2026-11-21 05:53:11.710685+00', 'app', 1, 'RIuQnhpcIUC4sx5kynWMB6', 0, 'https://app.example/cb', 'openid email offline_access', NULL, NULL, '2026-11-21 05:53:11.701354+00', '["pwd"]', true, '2026-11-21 05:53:11.703408+00', '2026-11-21 05:53:11.710685+00', '2027-02-19 05:53:11.703408+00', NULL);


--
-- Data for Name: outbox; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outbox VALUES (1, 'mail', 'waiting@example.com', 'verify_email', '\x366bd96676ccfb9475dc60df290fa08727d233d114d81300f4ea186d16d966f8e57169b64259d49178c795c3cbcb61c452f32fb7f81aa6f2747bf4f31c19e63e325382a45a066d99a1faf03b5c573f09951776c0528c7c889a31ac1f9820ab5ef5b23990d1f70ea8691626c128b83ee2f7e5389a6f504db1733e11ef413b8d37bf19c8b1eec23717fe865b10435c119c39e37d590402f98154ffb696fd8c228283764dcad8075408e8bd26a1dfc9cddbb76a8ad3a8c833b03de76e4f42eb2290e4222e64d1ab432f3a97e674401b17209b9ed9d563d84b63259c92465f31be0ba4effe1ce39ea523725308b1fc13212e3b7b730df5893b55d5dd96f4e6cff4dc9a0eeb83841e38792ba3ff3c7f31e83d62e02494dce1c182c83c8a61dc3d820bf07969bfbc221e0862b54694cbb8a893cef35718fc14c0df3382439e1668627865f2731db3e28477f4b3d37e364010cdcd7ff769bb3435e3c54e78467fe5ee05fb6b56bdbb238b7f937d2fcb878741874640f90202cbc506f6e7b28bc3ae5e301267752dd07544e486144b963ff6684793f1b87290a566e6cc1d1607220d8f17bfc0b569d5fcae4c9192d326f3af0041ee26fffb309ba61d90296b2fed999bbbcbd874a605b24537196971e569e2197534773b65891dd41d72c7e8bd3cafb1dbcffb17068c706132513eec6babbacd2e8dda18c5cb77c285ffd47196e10167bd7214043c41bf2177da9eb2f2e519889ee4c753126c4ae0b6d484a887c839a541afc343a6d064f0751832f6f4ee1531f00671c616463d555303253a4362ec981b797225438d0f5de7517dded46cf92a3e3ef7603d99d865ef9665762757d3faa69cd708c3d2e2e5609c7d2342f1951aea5450ed8edd4790afd03e6d5786ee25529e7d7f48734b33b7bad932bb96b0152954a327b3d0efd189e26735f9607f17bf91a7c24d4dc3fa6861e043021295a3ab323a65a5ff47a08ccafc98791cd78e7aa8eb0e6a8b601652a1f07f12d188e1740480f93a0a206c258889989c5e6a2dec86b04f1137f43c19b67d583fa8fc9af7d044784617774460142d839f822112da4ee8fc5f2bffb5eebb903325591858d0e03bc88a20a415f23da2ac2de59aaa3a2a93e7ced4f8ac24c68063ffa96f7c543477295b482ebd2700316a639d51c81b7c626ce2bac1f3ef393c396ba668f9f5ac49b3cbbef402f82318ca639c8f08f9f62a8335eb818b081e459afa0763e4edb48cf7b0801b8c40d75e0e4698f40b536f38fc0c4426ddea9fe79a6c4ba9011244b9882775acb3e7d39bdc561392ae2f8391b078cd2a336b0345935644323b011a0739cd32dbdcfe4c04004c9963dba395e35113ed35e35b9a0e6273f91f3bd7a491f2253081af74706f0daf6d4a53ebbb68b267ea12ec4c66e44727c570f2d667ce0d71b5fd1b1afc96f8ae10c03633f8a383633591f80e42191bf17514126596c455d5f11596b5b139121e430de5791955cd606ca97e47021148d93f95cf1aefe4eb50b7463e2c53057daf41804e33a7300f3c003b9bd9d4313518becbd60ad0a982627cbde0b1fe2ccefc1a1e685078f4e4e51b4af979eb40f8276422ee5815c6c81210f54f112d8704447311eb8ba7e3576319bddd7da367089870707f8dd363d0ce32bb143346678a8b922bba609bf9b0122ac70f4eddd4948bb31e08fa0d6de97dabe94b2cc13d461b13d1fe73e287d74f89d454d898cb058ae4b1dc1083e94072f4d56d2eacbe464ad72b9c0e649b26a8eeae0ef1682ad179c939e3151ac707b956c46b857de05e18b0653c5d39b376c4b7b43c367f0ec77ce48bd6e239e248f1a6b42223c566c70348dc1627e467786fc81d8efa6c73b1ad49583c07ed6016f0a0f46aca2ccb500199f3ab8019ffaca4925bb26538607ebb4bf4ca2be61d1ef2276f565287a27a049cb57d6895a6dca23383e01ffa031f525cc90b58b4bb43a91a68ca12f1c4ec12bc0e0a84be024795fb247207cf0421ebe5c8449f15c79cb2cb8fca40ba46f80a03de76de6ebc400a4fcc6369386ef7f2c362f0faa028aaadd31a6cffbe31b8b09dd543260b8f4ba2e57afa98e708284200595f646ed0fb8381234f5b0a3b3eb7b4cef74cc08cfea6c9d8f091a5733618dffa9792261b6d5150bfdbc449d98512b8a8b8eeb7fd4989691c9925cd9c25235fc1cef33bef70d229a4d67d3ab30d30d8af0df66666f3a2a6e83ed17d4117a64084f56dd7e7713c76e0203955d2962194225e4fda31016e218711bc8b8e9468ac07ef336eba52615764d8b8d0777a6790f4f1329945f506334af27eb4a07bdfd981f6e561e4aaaaad259d931b8ebcd0385e7ced2b6523cb6d9bf9133c2bb42e48df5399c45af3a5724e72b91e417dcf707ab0e11c46e555fd33f1e807b58909975999ec5c9ea8b6271551bfa51516a262c762ab51de9a707e36f6c4b116cfbd093b6f0b4e8ca5301447719adec03704d3ad81a2f188b7cc75e012b56c0749eb74aec57364bfd4e9e84791c6602f3ea8a1d21aa5920d90c1cce196ccfe1e4548c6ef004f9ad879957511743779e2f86c94dd26d3031166142603624f54d737da35d7b4908a81f72a48e48341c2af1a5e09b781bf48dbcfff33322a783860c361d5d8154c0d8fca404038b48d3d3d233767b1ce6801c1b3e08b3ebe88f83a1095029baeee7b2cf31e13f0e6aa96727f14efea120961b4a4c707efad655bbcb57993a3389b78538d55189f2cb27e2323140d9f4321390d2d812bca5e7cf5d87febe4d4bc4c317288acc7b68c6834c4438f6e06363ae4528b4c2434556dd36e4c71776c6df731980fb942fa6ed24f911130396fb244cedb81b6bccd34c3a45e01684509ae28c0e97b99ca31db34ee28b31900335defedd45258ec56379cc217daa1c19292a8691fae94972a933cd4d6f994d6ced422f3a7dbfcf9f6cf16dc112d4cba57d809acd8ae81899f85840bf216aa8118e7fe04263b9b4dd975d42dc300c2278d1eee40ae2323b2ecc41715e2bc0000096f1f8ec61c6d51cbc2eb71e2c82373fba879b2e6700f1955dcdde36bacaa9ad24921722a37ffca950a830aaef272bda1057428dfb1b1573153a2815956d85d82f0edd59b5796e88f4b75823d9aa7a85208ba862421c2abf3d08a214d9633ccc306eccf62b692e21c6dd1178457fc0531d8bf674856426bc59da8fc8d21931b776f152bfe912a19dc39ecadbd3be696c9e05365846041df3e7872c0767c2bf34f1e2c23ad97fb58e879c28c2cf99c2cd10525aacf77f40a074919ccb46d718449bd7abb866c580c720e5c22128393177cd05dae0a5048713e441a939184f1d677ea5aea6b3b9e1562fa74a6d085668a3e095a0eb0770e90c1a41d0f977304fa03961a015e0272fd4f684f52f20240a38486f5a4c9ac86c33d5e028363be2660666ba22bf7db9b12e06e084f0831a361a23a1faa10da2957a6aff4a07349d840b64d394d8023d876ac42295ae21092cbaf8e8c78ac8440508cb0efd656c8e88f46abe616f6000ff19b95ce19f086ec9b5e9900507bc648ef8dad8c2e4dede44aea9e3ec43ea1f4271d705358c29f5b6087b5853afb93795a227a67bbc1f7c6bac6f3e3cb1038947af394e277032101cfc4aeb596459bdf8cc447c621c69f177d65c46b82988dcd916ade22279de0a923c794c782175be34e953cc908e08a102c3132407e1ec5f589d9af429fe780d19cc262d6b72d1ddde5ac6fcdecf928852c4e0bd125af85dfca6a131d3e29681f7382b05781245f2d9c3d2613e8e7fc66bbcf6b24dfaccbd3cbad2e5db99bb621429cf1a204f7c804142c78d8614af20df0a19ce34d3c3bc8b11eacbbbd17fced0fc0cc7776e67dd4dfc9405865c21f55e24ca5c5ef50daa76e6e2ace252e436eaf6f4076ba03ad2d24bd50e2e38be7f2780a58358885dbd4e2000f954d93246e991cafe361710d0506e5e002b53e3bd2c6d9fde6111d1abbad2e843659061ab0d9efe89ea9169594fa9b1add5f358f5e19e14a6f83f2c9832fda4dc9d224fbf3de2aa5b048b2094e3fe703ce9304edd5a4390b22784015dfb350375ca250e96f55baf4fd88941c27b0e4e18a333025d174de68708a557f285622f7f95a0aa902bcd3247f6bace1271b6375fb4753c23c5677789cc28d54dd5fb600224f27bbf29d7c7719da6ee781338765631308a80f4f5805db7c72fb8e912cf62d527bbcadb59de6ca624c2723674e292b6882dba7918c134b15e62f131e23691baaf631ab6a053164313bf9a65783b0a18cab6faa428c0adbb9ae8b34e2378d0f2759d817a171a5796fce012585e34eb51a486efd16c2bacaeee85e04924c15e9fbeb9e7a234d', '2026-11-21 05:53:11.725805+00', '2026-11-21 05:53:11.725805+00', 0, NULL, NULL, NULL);


--
-- Data for Name: pending_requests; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: proofs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: refresh_tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.refresh_tokens VALUES ('\xdf845471078b3e9196f662da248b2770272cf9b7fbd3facc52392e010afce0e3', 1, '2026-11-21 05:53:11.712006+00', '2026-12-21 05:53:11.712006+00', NULL);


--
-- Data for Name: revoked_tokens; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sign_ups; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: signing_keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.signing_keys VALUES ('DEljq1vcLAteoO0Sum0wRm', 'RS256', 'current', '\x264067748587e7254aebf1a6d7150c4986396d39acffa0c08b5f71832345d6689551579518cbe13910fcb2743f26cdd6c159564b7e3ac55b8344fe70379c53118c48c6136824d9f26b407444be4f2af0da386421f8038a229a7021a6370b3950aa0f21498c2d18cf9163c407fb3d31af9bb743434bcfaf5f12e3677023917784ab5ccfdd44d28b61f8635b0f74930dd3fd883600659e0f85556a3253940137e0a5758145ec2b3e3bfdf1e497af0093ee1b7e04e342eee379ffd179c9f27c087237f26e99d9a279394dbb6f1d08f779b7b1676139a7f4b976ffe69d6d61a726d91caff385789ef6d0797ea3351fe8a57e0e171306b588976e37e3ee2e16b3bd94b6de9a12586df72f1ed735a486b9632e00cc872d992d68f15573b4cae07041775609a1216c896f073aa0d2349b104b6c83a23bc8eb0410b0ef3e3bf84ed1bf1c892697b83c7a6c0323d53b4b606a992cdd4951789fd3ddb18d5ef36e7b30a953009006f920709ec90935c5c21809790082d9b3ace06c02d401d3be89d5f9c6fc8630060cb7b405932390ef60ecde1b4c0a56f43dc888be27d226954677548310b095e223ff0b841587d32dbf65c51bbbbc5883d4d9865f673ca15020ab8e2fde4e5fb1912b53ad0246d4ac4d4bc6c0a9b2e909edf9fde95d54377aa13ba499eb3f7528ada13b012d033b393cfd2e24fa981bf88f978633a6fbfba8aba6e7c0e5692cdf53687108d6167021f507efbc92cfa4d38a5d247d7b6d7bc25ce2bcc6c2a9cd73329fc3e85a310b62d6ef6a04bb286d85e07d51513598110b2e77c94f75302419f8767d9514dbf6370ac564ce7d8827361cf254ee75e95ff39577f169e9829bb908ce25635bd27b618f1c1e2e7f632af55e591d075c8305f4d1b932c44989060a315dfda3d7bb763d4f405bf5059bc54a7625c9de0df1ee95cba823e3f8a5a6387ba05a1521e736ceaffea1ed53a65c73c2254d45993e5597f3c01b2641e21c85423a416c9a5640a4d91310134bb1e4b4f5e4ab6d3fb7d23c61ab692f7ac7419df1aec42c48e4b3438c3431def8a4d7c0712c91ca7e65bfe6df4ce9ad6b97a79d34b4bf99b18e121be732684ab1c17175e774fa2570acc67e7898a5be18118141346c53bc8421933a6d9169c90b72b7a29337051c1852a222e242dfe78a08133e0ee18664f943d484aa0c366b6905ba4d1117caa88298ab5f5d74679fa885e22d816661e8003e1d2678a61ac367ee82ead3b00794b8009e00a6e8d0c4e6e8a2b39b04500bd09e0e0421d8a754797dd40072e4889a71cbf6792dbaa309d4f460d8c5291b2bc89393775be002b536c8c85e4f97f10b6bc0ee5043c1be3adb8c994b8ae5bd400dbf6494ecb4b5e9205dd409294317cbdcc3217890cffb9d631858b91d766c7cbe7cdcde6d876f01c2adea4d247d6fd8906b63a5eb5c127d45deae7eee06312f343fb89f4d533cba76c12d7b81d69f64f69e8eaedb0109745cba10a08dd7cc2e094ac49cf960b631d5003213640d9b61251c5c0ce12eba029e22fb8154e866128bbe082120a18ed9427027159b3dd6bb532bdab957175f63d472318da81a87faf2e3bcac717c443814fa1028687e857ea51333b2686500595191500d4b5473dff1596db6568022ae635526e7b0d43443c7fa0c8d2bd99a546458559bc2a0f281b8968f326ecb31c3ee41e6700b5c0dfa153f0c10a0226cd8552c66ee0325bf4ef964db746ee1d208f3dff126a1e4fabc0c61b5ece52ce07ce06ca84465c77aecc69ac2e98e586cb18dda6842e888b0d641ce6ae6ccbe954995c203751a4b47ee512cb0cdbc6f384b835ce78b9f37d1658bd2af215174817a606de1280fa3c4d4d71e6cff67ca38c172af4553efac2ce09a70efa79a43ccfa1a61080a00595bdfb221359366eb3ffb1522c027774ce400a7a21c8d0f4a25defb26360beb97aa98aebe0d708f7bc5cd44950608350680040f7b63688cbf3a80c60433179e2133f57ef9744d9aa0171c6534e0608a9c3fe09645d60fb00659786139293b2b4d4df14c80ebdf607ee20128c0e5b09d1073568883cfb331eaa5ad8864189d04aae74c8fb32bd0ecd1d97c4535a3bf26bf6016a662f90d2dd34206503b8dc960645311c2ed206a40c0be3af2cda0d63d3be19cec469c36c208829f229e3ff64ea5f4993667089f37107ba7453ffdfb01fb51d815f329130973a4d88ca0bd10045951adc0685f4f7cc452f1264cf633142c63d012182b27946525f77210f568fb8b2295d47e3c1dc735a7494d5fbfb52e249f9e0b7d4d563e4241e81d19ac9af615f40e1af6f71c39f28b46b7417cc2065ebd193ccc6ff7b71f1837ae4e28c19217caabb3a5254870d900b3253281ef8690bd0b8c559cc2181894edf24f12c95a0025360d692170fed82f0edbce0ce1c06b99695263ecf675ff70443e532807a8', '{"kty": "RSA", "n": "7JsR5xmmo1YdWCqezd87N6h_SjPQZmZxrZ1vUe2-h_iC2D-8wBRbXmtoHmZ40JpBBGblORMfEbNW4ka7Y0CtcpudpWvPG8q43gwhpzJZEy-wsdJAvvGOFx-scbf0n6AXZjDkrpbedW-LqPFYlultQ66FT4m6W07QtXvVUWZCwkuG4dorxn3ZPBZqUjRTbRxl8kc0I1V0YjE8QjhEgzmp_QPfxnad9xrlAKij0lNhydgw24VujwiKla7SO-XzejYaPg4HZEP9VhwQUOA7UA9Ii7z-_KhT1Ls97OIClzB2bo03tqqElobD3jaoMdZmmKijfh0akd4HwwdX3c_fxYfNuw", "e": "AQAB", "kid": "DEljq1vcLAteoO0Sum0wRm", "alg": "RS256", "use": "sig"}', 'RS256/current', '2026-11-21 05:53:11.577165+00', NULL);
INSERT INTO public.signing_keys VALUES ('lT9wDpJhZdAhzEj6bTRZiK', 'RS256', 'next', '\x83757a27c9f3f1b8431abe87f6022ac981c49e76b1bd42fbc95d4024ac40f3f0300cdd019261408bf7d40873806c0c9acfc9d693a1bedf73e96602fa89b92c68f5e81abfbf7384b2f3dd08f1bbf43708898ff537f20de2d2a4561b0cba745948167bae2f2d0d692fa3147b8e3fef4e74557c884207c69c248f591f9809f3b0bf67d0cf5bd1784166d9f1817db2fdf7b2688784bc5c1b6861782b42401bfcf384c6931879fef264f42a8665608fbc8552165ea9d6f0acb90375f902dea0864fc9644703b409b439699c45eb5f366b2bb4ea33ab8e2fcfd029d93f9c72f8d5f2e6a36b2d83302ca9777383396a132b99c6ad3d83d65ad646fbd276ee67a14912cd820082b9b0b2ca460d18613bf7d5bbc8ced7635739ad9f5708d983ea98a0a4cc7425dd7919a12edcd45692526015fd3e36fae3a5abf9f58b0bcd58d90118ce65403cdbfbafae5be6f67fda49f8cec6f3de96910c87581e0a65bfcf30c94659a11bfe81646842a3f1b255bfab0a8d6e5b21909ae18e23a619dad1fcea88c58f526a842512827078177de54f299f44df860684ebe21059dd790ca748bf3bb28045389b1005ca38a13d5d9bfebff9806bcf5fa672f82cb0a79ccda2d026c7dd706045060663ef2373f2c9be5a12890fc021e2a9dd5e2b1cae2e719e57f3f88c5edcdf84bf39deb64e04bbdcd08a2e63a506732899bf844c5feeb0dab9be7d7c79529fe4efe4e4877ac9866a3cd163e496cf1e19a15bbe60e1839ac14bfe4bb3d31cee989e4c1cad769600ecd4b4fbf88c065eb902c7681dbee1dab7bd4bb4f3ed5f6edcdc900ff451e62caf9aedf65e0409658a69fa630564e9e4fe3b4497fd37e4f8d743c2ec6d977d625a91de3b32a9213f5060fa4198162928b229ecd2a5f1c030c7b5113196236ab3e9efc7a4a6c04079d8512c9d917097dd70e6d3165bb6334895f0aa1c577c0ee003242396c778808a823f87cd0501e9ed2a8e0f7dfaf5fb06a3d4e89520943d2bd2050ebe85267e6179baa478dbdb6a4653fb963ad499774b3632b2d7d985d1aafd0ddafa615b1baca81c5d867231a4f24f6339c95cf6aeacf1416f79b4c0e94542799fe0d7b8768e0766f4b842f3522d672edab5b64f3c1390fbcd051edbf76ce367998cb6af5f18ae013b8444533813a1201e8ba56074b09bc8c154ed54bd1e442d10000c8dfebe908896350fc13e5f4034c8c887802a39d8bb94048fcd789763957e9f431e21f9f4fa9841b30b97e899e0e835b72bc64701267fa4bbd5c91decc0fbacf0eceb1ebaf99fcbf4f04dc5e976e81d04e22aeb07c6a4688f49497abc3ad037f68c54f446fdae19879a50485c6e97a8f04ada3cb45b5e7f753a91cd5df80bd413e51919be3cbc27108ddb98ded8a5dd0525a1722fdc3535f50d734d34f4765d7b75893f5258ad2252c7beb8cde66977e3f7542d2f8e68e1de1680f98221bbcd3445deebb361c57389013ef1ad34082e93a8762f576f1345316632a173afe55d0f6159d64b49d098326dd3a81acf6ff4571b6b8b6afc26791a3153b87d79fa09ed54db5b13762f3ccde0f7987b96ba31a26bbb047d700c0fbe87b08d55f61994ee771ba6b0a0f260a61494a11d70c672fcf2214ef11101ca63ae422d836bab4148cbcee51e7823e456b10a8b0ba47f41f431baedd1525e34ba08b2005652e3b00cb1553fafd30b2e1de5865b345046ee6e544b58413df1459eb7a94152d5b8d8ebe18a0c191adf3e285fe478b5917a60cec5dfd7e0fa7014566ade3287313145283d80b4364e6f3dc67ed23880eea7c3139fb092b49d6494372dd6a371b6a0b1f15dd86a4dca9683ffc70b6a19989e7c04eb722ce5cef2ddea1932008659cf357e95fd0fe19288509f3b88234256b44e9ff3eada9e03c8e0749831209bd44768b3c53ae7c333b09c34e209e2a27d6af3b8b5fbff57e8fbf078cc63b422f1a452c31012c13e68cfcf56f843fbe4f244bc3b9ed777d5a828339ddb9ebb590ea5c237a5b71303a47aa01a76f6a40c5fce21150e8d140973414a5a154efbe41f149bcc925d7903dd6361ec82129d04b2dd3df7c7e4157b0c696ef9e30215b74fe86a03e9e8d2464420bfaade945375389fb11763d94869dd46829424c5d75c795c63bf9ab6e89881103cff17753d4abfe6903dec7f9a19432b6352e7a879ed6f6c467164de0c4067af7f11fe86b7415fa24c9a9bd8465320b4f7fb912f06fec875bb82dbbd40e9d96e8a34bc0fb102eb3fe5e346c8536a49d8531297cdc2c13cce2ae3b8ee6b14315885db1e91a7e6bbb92de85bdfc67d98f8d219b705a4f908bfda7f509ef0c6d32b8663b7dbadacc889c20510da627041f748fd9f3cc509ab0631de302c4c94aa2996345875246e72eb3f331de4a0b91e35b45f23d2fb27699538573358c6f643d5559b9f5c07c570e23053be389662c643', '{"kty": "RSA", "n": "tQmxBLQdrmJmc8eqRsVjlml91bE-rtPdVrMDuGMYgzxJurQ6Ml1OkZF_8aSFBiQ4JI7yB3552taofrS_AtOBjvVQdB1kYkXxTaNHORqk0hlT54mRcfZ6eaMwO_S246PKeq4F4j7toor3Tlf3A5X7BJN_AczXbvIeCgNrZ03G97ukyRafyrvN3hHTJlvNL0dE_ogZcDwFy7qbyPs5hpp__R5liCRrR74UuiSQjnjLfVQd2BA8o-y9TQTOSHowuPuB_OLchZGfCq-mMXaiSNLdHgLnUvF5Pv8pKsK3FaeI9qAJNtsKIR2yYMGyqChUv3jGEdSQK3MGYPY5yHs4RswRfw", "e": "AQAB", "kid": "lT9wDpJhZdAhzEj6bTRZiK", "alg": "RS256", "use": "sig"}', 'RS256/next', '2026-11-21 05:53:11.637455+00', NULL);
INSERT INTO public.signing_keys VALUES ('qWjUNm3MkL9BWpK9qc9d6C', 'ES256', 'current', '\x7abe790c05a0ee6d4781c9e5166e8528e2faa2ef95e16ee2d6c3cb56a3684c7f1b3b9e828fd43b39a215d5479ab2b4a89fe4042ae2a0d28add0826d45c293218e1d86a9e84191aa78765f9887fac95fdc901b5327aa1d4957830bc08668d339ed4333d22a11d449fb615f96c8e0474d6f60b5b79489fc501bcca17b5524451ae000b9f4b1f65377b8ed91cf92de2faceb8450922f484cf3f0d5d7d183ecae2d73e6a00f393a7c6ec81cbf1f525a67e0682fc90a2260d470913abb617566f1ce0c570f5a40780f2b38b60e0eb104cc3b8cac89ae9243f83f95de73e0bcbd514663b7d456a208400f9ec7b0840a2778af5e83841963fc096f4d91992ab3b9659a173672bcf020dc054d6f58d6367', '{"kty": "EC", "crv": "P-256", "x": "XRUBlCNee7ztK8BBj7thAYdPNeWSTq_6PYZZISFHJxE", "y": "iD_AgvO2HOl9FJdHHSpRF-ejmpWOiw0UCpg-DlGHUcg", "kid": "qWjUNm3MkL9BWpK9qc9d6C", "alg": "ES256", "use": "sig"}', 'ES256/current', '2026-11-21 05:53:11.639827+00', NULL);
INSERT INTO public.signing_keys VALUES ('OmdSVfj1pS2rKU9WrwvANw', 'ES256', 'next', '\x09cce8ba914737ac29a1fb74003981a0e6b38ab6d84d8326d4e6dfe28e9b2a32dd91bb2ea9a22e925910463d95815d05edbce5ae5de8b8394b13a4ef5963082f247834f5a65c1ee7447d16c6a60581d4e573af4a0c8c8930f8d28c4120ac9113fd580c0487158118e1ea921a157a83c22463222d4c6059d715ee6d783162a55a1fd4b23c34f819884374a97ab20f6954907a5616f0fd709998682f2829b18d681098cdc8a12392f45b10bb1163fd9991d5053d8876f7da378016599ddd2c45c226bc57068f09fdd9752a298319349e762cb63e60d52b12fd8f9d33772366d0c91f18dd4da6ed1ed1d4da4dcc8e313b2fc16fc3f9f50f44622eadad6b8406a0835432a12b54bf8758ef2e40cb3c', '{"kty": "EC", "crv": "P-256", "x": "tkZ9_LFJl7QDgO02_0o_J7o-OmBt64F3YdGFf4FZx2g", "y": "JPNrcX5-2fsxlNV86O4XSdrsimMOeLYaTEbW3VUDiz0", "kid": "OmdSVfj1pS2rKU9WrwvANw", "alg": "ES256", "use": "sig"}', 'ES256/next', '2026-11-21 05:53:11.641842+00', NULL);
INSERT INTO public.signing_keys VALUES ('NRI9BotdlbBePNLkk4L3Ua', 'EdDSA', 'current', '\x1db70eeac9c8e27243210138d9028193aef101234754eb511e0ae96792f610fb138a74df21a7d19bb8b90b9b3cfe8aa9bdfa82eafc8d2f1334249cf5984a1c1d4b100b09d6efcfc3be15977a306d2bc6fa82bbacf8214f1f0066b391d1c7d6cef1c99fe60237b0b2adc65c6c4c6593cdd7b0fbe618e02130989f4b7354882d3f0b2962cd70264080973bf747ce05e44072c8ba', '{"x": "Hm1VFHwC5w8xHNshzMpmkzT9q0AhWWH-jgKCojbNREs", "kty": "OKP", "crv": "Ed25519", "kid": "NRI9BotdlbBePNLkk4L3Ua", "alg": "EdDSA", "use": "sig"}', 'EdDSA/current', '2026-11-21 05:53:11.643513+00', NULL);
INSERT INTO public.signing_keys VALUES ('45B092QcEmYKJa8RQ50keB', 'EdDSA', 'next', '\xf95217e5229e34adc3fcea448cc2e27a629c0c5455846b8b9679f10a1fe589b5bcdff78086219056ed2fea449659c451b56c842f980bf3133b2a47a3f09e7a5df0b38a56d56a90226142359f15e0ad18a5cb84d390559d136860b7dcaff080358ffc43fe6194b06b069184ed43cf898b867cc232d4e5ec0f2ebdd76e4fc55a6c74fe259a517c439cd7f0657b8c3ef489eb3850', '{"x": "cwAkhaDo6WEi3RKXYMJZnL6c7MGJAjRwKAXI0H6iggg", "kty": "OKP", "crv": "Ed25519", "kid": "45B092QcEmYKJa8RQ50keB", "alg": "EdDSA", "use": "sig"}', 'EdDSA/next', '2026-11-21 05:53:11.6449+00', NULL);


--
-- Name: accounts_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_id_seq', 1, true);


--
-- Name: audit_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_events_id_seq', 2, true);


--
-- Name: consents_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.consents_id_seq', 1, false);


--
-- Name: grants_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.grants_id_seq', 1, true);


--
-- Name: outbox_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.outbox_id_seq', 1, true);


--
-- Name: proofs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.proofs_id_seq', 1, false);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: accounts pk_accounts; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);


--
-- Name: audit_events pk_audit_events; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT pk_audit_events PRIMARY KEY (id);


--
-- Name: browser_sessions pk_browser_sessions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.browser_sessions
    ADD CONSTRAINT pk_browser_sessions PRIMARY KEY (id);


--
-- Name: client_logos pk_client_logos; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.client_logos
    ADD CONSTRAINT pk_client_logos PRIMARY KEY (client_id);


--
-- Name: clients pk_clients; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT pk_clients PRIMARY KEY (client_id);


--
-- Name: consents pk_consents; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT pk_consents PRIMARY KEY (id);


--
-- Name: failure_counters pk_failure_counters; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.failure_counters
    ADD CONSTRAINT pk_failure_counters PRIMARY KEY (key_digest);


--
-- Name: grants pk_grants; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (id);


--
-- Name: outbox pk_outbox; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);


--
-- Name: pending_requests pk_pending_requests; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pending_requests
    ADD CONSTRAINT pk_pending_requests PRIMARY KEY (id_digest);


--
-- Name: proofs pk_proofs; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proofs
    ADD CONSTRAINT pk_proofs PRIMARY KEY (id);


--
-- Name: refresh_tokens pk_refresh_tokens; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT pk_refresh_tokens PRIMARY KEY (digest);


--
-- Name: revoked_tokens pk_revoked_tokens; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.revoked_tokens
    ADD CONSTRAINT pk_revoked_tokens PRIMARY KEY (jti);


--
-- Name: sign_ups pk_sign_ups; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sign_ups
    ADD CONSTRAINT pk_sign_ups PRIMARY KEY (id_digest);


--
-- Name: signing_keys pk_signing_keys; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT pk_signing_keys PRIMARY KEY (kid);


--
-- Name: accounts uq_accounts_email; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_email UNIQUE (email);


--
-- Name: accounts uq_accounts_sub; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_sub UNIQUE (sub);


--
-- Name: browser_sessions uq_browser_sessions_token_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.browser_sessions
    ADD CONSTRAINT uq_browser_sessions_token_digest UNIQUE (token_digest);


--
-- Name: grants uq_grants_code_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT uq_grants_code_digest UNIQUE (code_digest);


--
-- Name: proofs uq_proofs_token_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proofs
    ADD CONSTRAINT uq_proofs_token_digest UNIQUE (token_digest);


--
-- Name: signing_keys uq_signing_keys_slot; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT uq_signing_keys_slot UNIQUE (slot);


--
-- Name: ix_audit_events_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_audit_events_at ON public.audit_events USING btree (at);


--
-- Name: ix_audit_events_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_audit_events_subject ON public.audit_events USING btree (subject);


--
-- Name: ix_browser_sessions_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_browser_sessions_account_id ON public.browser_sessions USING btree (account_id);


--
-- Name: ix_browser_sessions_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_browser_sessions_expires_at ON public.browser_sessions USING btree (expires_at);


--
-- Name: ix_consents_client_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_consents_client_id ON public.consents USING btree (client_id);


--
-- Name: ix_failure_counters_holder; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_failure_counters_holder ON public.failure_counters USING btree (holder);


--
-- Name: ix_failure_counters_last_failure_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_failure_counters_last_failure_at ON public.failure_counters USING btree (last_failure_at);


--
-- Name: ix_grants_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_grants_account_id ON public.grants USING btree (account_id);


--
-- Name: ix_grants_client_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_grants_client_id ON public.grants USING btree (client_id);


--
-- Name: ix_grants_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_grants_expires_at ON public.grants USING btree (expires_at);


--
-- Name: ix_grants_session_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_grants_session_id ON public.grants USING btree (session_id);


--
-- Name: ix_outbox_next_attempt_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outbox_next_attempt_at ON public.outbox USING btree (next_attempt_at);


--
-- Name: ix_pending_requests_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_pending_requests_expires_at ON public.pending_requests USING btree (expires_at);


--
-- Name: ix_proofs_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_proofs_account_id ON public.proofs USING btree (account_id);


--
-- Name: ix_proofs_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_proofs_expires_at ON public.proofs USING btree (expires_at);


--
-- Name: ix_proofs_holder_purpose; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_proofs_holder_purpose ON public.proofs USING btree (holder, purpose);


--
-- Name: ix_refresh_tokens_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refresh_tokens_expires_at ON public.refresh_tokens USING btree (expires_at);


--
-- Name: ix_refresh_tokens_grant_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refresh_tokens_grant_id ON public.refresh_tokens USING btree (grant_id);


--
-- Name: ix_revoked_tokens_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_revoked_tokens_expires_at ON public.revoked_tokens USING btree (expires_at);


--
-- Name: ix_sign_ups_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sign_ups_account_id ON public.sign_ups USING btree (account_id);


--
-- Name: ix_sign_ups_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sign_ups_expires_at ON public.sign_ups USING btree (expires_at);


--
-- Name: ix_sign_ups_username; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sign_ups_username ON public.sign_ups USING btree (username);


--
-- Name: uq_accounts_username_folded; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_accounts_username_folded ON public.accounts USING btree (lower((username)::text));


--
-- Name: uq_consents_account_id_client_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_consents_account_id_client_id ON public.consents USING btree (account_id, client_id);


--
-- Name: refresh_tokens fk_refresh_tokens_grant_id_grants; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT fk_refresh_tokens_grant_id_grants FOREIGN KEY (grant_id) REFERENCES public.grants(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


