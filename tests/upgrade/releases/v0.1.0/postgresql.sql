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
    agreed_by integer,
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

INSERT INTO public.accounts VALUES (1, 'CX9mTEtJ8L7znup6D3sHOA', 'ann@example.com', '2026-11-21 06:31:26.672612+00', 'ann', '', '', NULL, '$argon2id$v=19$m=19456,t=2,p=1$GSyd745qVf+vVgdUIbA5aA$bpPSEE/IOoVlZEi5p9wz5yo03WEh5C1aH7hUM58glLQ', false, 0, '2026-11-21 06:31:26.672612+00', '2026-11-21 06:31:26.672612+00', NULL, NULL);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0001');


--
-- Data for Name: audit_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_events VALUES (1, '2026-11-21 06:31:26.693868+00', 'account.created', 'success', 'CX9mTEtJ8L7znup6D3sHOA', 'command line', NULL, NULL, '{}');
INSERT INTO public.audit_events VALUES (2, '2026-11-21 06:31:26.704299+00', 'client.registered', 'success', NULL, 'command line', 'app', NULL, '{"name": "App"}');


--
-- Data for Name: browser_sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.browser_sessions VALUES ('SWbCZ5ACDqohgmwYqdDLLc', '\xfb56ab51b505cd37fff6d87f6c60f936518209da1b0cdcc955802c6f96d7c69e', 1, 0, '2026-11-21 06:31:26.705041+00', '2026-11-21 06:31:26.705041+00', '2026-11-21 06:31:26.705041+00', '["pwd"]', '192.0.2.1', 'Browser', '2026-12-05 06:31:26.705041+00', NULL);


--
-- Data for Name: client_logos; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: clients; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.clients VALUES ('app', '\x598d01a882304374a92ed0b5710e91ac5c33c486b3631f9d462f54bcf7c297b5', 'App', 'client_secret_basic', '["https://app.example/cb"]', '[]', '["authorization_code", "refresh_token"]', 'openid profile email offline_access', 'RS256', false, true, NULL, NULL, NULL, NULL, 'null', '2026-11-21 06:31:26.70064+00', '2026-11-21 06:31:26.70064+00', NULL);


--
-- Data for Name: consents; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: failure_counters; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: grants; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.grants VALUES (1, '\x9d2f02eb6744f2ed6c5e2464349229047f756186983b599663b851ec28a8b126', '2026-11-21 06:32:26.706872+00', '2026-11-21 06:31:26.713257+00', 'app', 1, 'SWbCZ5ACDqohgmwYqdDLLc', 0, 'https://app.example/cb', 'openid email offline_access', NULL, NULL, '2026-11-21 06:31:26.705041+00', '["pwd"]', true, '2026-11-21 06:31:26.706872+00', '2026-11-21 06:31:26.713257+00', '2027-02-19 06:31:26.706872+00', NULL);


--
-- Data for Name: outbox; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outbox VALUES (1, 'mail', 'waiting@example.com', 'verify_email', '\x8e95395f703ef95ac33c6dbda2bcb7d273ff274c9235b4db36ef30e89b792ab25962a7418467f53a1d7d24c4a7994c9e7c1926b9ad93e134d7963a348770a5c513f353d9a3e8183e0c9f63ade3b917517547cdc783ff9d901438d7360eb3b4d4e80788492f5fe767f6d21b0a5a8033da00fb5f59cc645ed96e705634ee63c20263dea4971ae3a87e92764fcef38dd4ba37da8e52aa6ecaae800a6aa859814c5b713e73847550309cbca709cbd12312e651947d8613f35ea6b06bf2c5d6d5f98ab061b30d2eca77e5db8f721a6dba040e8512adbc2877ac65bc8638991ab182307c21e47836422fd0a6af4c34b9bbee185e3028082f8d99384dfc9b28cd36077d4b38380cdbf9f9aa64efc42b0255d88889db44a5a7639d96eb83642f3104aa07a8be3811491bb2c875ac59427dd9161e34bce8a512d1db49d0da519ea73cfc9f4205a952d5308153c2c98ef894ab3f638228fcba67c57e2e62c6f2c4bbd0e31b2117bc0c28fedf22f0145c1119a1cd800d76fa73a494f117fbea014a2a5ddae654f0c9b21d4dc4e9f349cfa38dcd214474206ce4881d48cde279f7c2f1f5221d9ce45a825e98a325e59047f7cd19e9199fb2e3d93187598dcf320bc21befb58f7faf299f985b832aee6d98cf0a8d2360d4dc3964bb2ef7e969351a62d2731999a8dac5f26750b6bcb9229369024610e7d6ea623e1be59d0dc27c4cd91c5b37304a45226f77d9c17f25a357c97b8f32f9683bdffd43cddec106602271ac71fd1fc2e73c369ae1e67b6779b1dea3e91166963fd65695dc672515d85859c7f20c45f3dc16c0bbaa436b8eafa43cf8c83b71969e3417675c4e0b9e7d9104759155ef6e3230e881cecc5c2204a4569a0148062e4d7a3cd479c80f0244cfb0199982eb749bf8aebddec9539ae45558b516158bf224a26cf1c7238c347cf7ba365c03e9b115229623ce3b60a7c148dd19f5326805db3ead364f9d7dbc8d9c2ebf373ed53e524d15e71b21c67c491116c524952de8bf14091780289609cdced5196a32c0faf6e223efd1ffcacf1065533c9183041570e1c2f7995e05b7ce74abe06359a1fea6b20928788aec8ed7923d3ee6be6b5536718b2060d1fe1df9155cf0e8037366a0ae3a71e2ec63ca016c65f17c4d5e8488a56095d345477eb48b4afceb6f4fbac27d42c45e36bd1108760190f90beb00a8ab969472a75be120ba6da95c3293f8d412e7dbf47c407e083a3ef84c55c31fbb7d4a355626be82ef251b65eb1556453a97c92846ba8be12f90c4b7e9ae843a7e9d8cbcf09ff442802ed1b7a8aacf5def0e87b7d25ad5df02118aab6c5706bae08d38997d46dc9382483187cd98a7e099403f2222e3e4813b13d1bd338eeaf2e05006d282d95b0a83d7d3bcf4bc5b25aa8be3a86f4a326be1feadb9adf4eb9e24fc0519a95b5bb9e62408002fe541d0bd8e3bb08412670eda3f79f0c21588e5769f9e7ce9063072b5490a1320d165bf57a12b84a8fdf428ae92376ee001e6c53234e546322c3a7499083813ddc512656eb0960b4bff56d85b66157b48e83ebce82ac1631c7d6df124d1b3f63c73e4c5b590cafe0f013f55ba6e1bffb6bd3da30fd0c554bd00c464ff983e03edb1942fa307844b05188e633b10eb90a470de497bc579b57b0a6e645b42710b2e606cd1d7c11e3783bf1e5a4b63f4f8d3dc11b920aaf461dfcbf36f2e4cdc50a3495feef70dbcb72e6d18a7942a9f4d764347a95c098e48eb21a7c10af6be3fc5fa0b9e96f90b10b134b8e9308bca799475957f06ac087bc2e4d9934b041ce2c110cb8f2ff5f983769a00f0356698503efe4f271bbed0a08b93dcf45540f120c11b2544fdde6d50238db7ef0020700cc321adfe5c8c1b24d0b55bf54de767795b9caaf486d3c0765abed2acdfa628dd027341c50a8e778a4b8ed05144d896cf179c5900506d235cbe9c7be7091d0f5b5215d26a909a740e8540336dc5cca0da45ae37333a7a036067419ee9e5cbee4d198f1bf7e0eda4dca9c300e6f4e82f14d3ac72f5c30195bb1716d1a95e8c65b084a8231650ee1c0e0d291f8803ce7675df200addccc64fa857e9853d08681cbe8c4db415002aa7826279f398fb763fde30486c2f101cd4abd85875d1071b6273b047e64cdcc63668e2a66e29e5d6ada3fd3ba148b524046bd931651caf0b4ca0cf95429aca649b23da3e353477beb3012c4dad3b7f8e4485a313a887c82f1559e90c8c8ed23a906c913579f5fb2c9a3a0c0bfef22f1bd346cd90820a9089629bfc368da4f16f499b8686b1a144e891cb3591288a5dd628bdafde21f9b2178193496771aea2a354721a78459fd73d652a3a8e622f4b2d52865bcae6d42496adb489435963b8c740edd39831d451fd75511b51bd07ea1c9bc6a9fbded4681ae258e875789e9e0756bf6c5432a2d71d36d146c6f1a7f85cb4babecce4c304830a9a1770b0d973a9a2f69bb6bd25e421b27218e716e9202e1d8fe4f4785043b0f4d7076f41c2ff1edd84a37882fc6218ae8e130f3dc9d76746f7d635dc4fcd31c3947cb219d835d92d273701b6b1f93525b45f3996aa3b384be644a3301a7829173745ed5ca89e5ca301ee49da44ae3e16e7c9780713d10238cb4e2fa705227a38942feefd2bf5724180547d96ad035746dd16c4dc5921f68f36d581a97a5aa8e25d4db4fd4210f4ab5396152dbc73b1277fb0e16ad2bd2ea706f9181da03526383c196a46bab00f1b40ca9d3d084971b3b7e20bf5677fe1bbd85e0f2e584974fb22ed09680eacd7206b60be56631476711ca50e11b5c7292d28b31dfc63a2c125af0005424163a027d80bc6fcf69a814b668c47651fb567f90301e4665246096e401652c3155b241350729170aa5be9aa4e34d4c6b7474f308b3ee6a9da21d14b60414a35cf0bc24411aedceac839de45fb158a2e49ada7b499a886ae588c841f88a70cea93e887c5d2db2426a873003ee6ca59de6c86d192b223088833c2a05242ab4e0865f28e2010f1920d48425344ce2f1f55070011aaaa0e13ca173bef9b5932a581093af583852512c18d55d62a7a686d4024319882bb5ec2015b9e8839c39e5ee7e4f208cff9c49e3b1b992a276f942695b1a38e8729a07f763ef83d214a981c7d5a49bd3791fb4d5e044390c9739c524a09a5b7e7ae3048ef7df030a1172286b4a7d4198e5f2d3ab8487d60a050c81c7bf39ebfa6f4e67645c5903bd9f265dc8f769e0828821e6a194f79b3be73c51e936cd1f9dcf395f2d6caa9c68516a971a9c8741d0052b32a45c638438de96e9db9d8e2e77c5a690e87c3cb79c428d47fc185582db71e36c2505097e50495edf680350f39d67f5af7a00027cc2bd0aa4104a2c664e78ec64aa4e2b7dc3bf90b328b44a3e2210183cadf8f830811dea5e9656823ce19c645dd71d962a7f73ef1da1a41855cc9c477e32ca18d5c0f021045d43a6a77e06b2cc79ba2ec1cf1d83da65d9986847674450c3d4866b39ed9909b858e36f1f1cb8590d20140a59ad26c3a861a6c0d996a66d3ef1ce039f15fcfdfae56e89a459db18e95cc4f1ee3788852a3268442902d6bbf92152e15fdb21e79946a7ca7aab54e445333cea59ca4f295ded4832bdb091786bfa1eb0cf7bf8024d35cf8b0d5124eeeb38ed2e2cd0926236a8ef18144744a016d048a843981c871a4e4c4bf082173b4f7da4d45699a6a6803d91b37fba683c75bcc151bd73bbb5d4cb85be748fc65235ecdb0e8c05615a71d2b81dd7e73cb8be375fabfac23f3ab943a078a73520b2131c856ea9376a0a074d50e60a10d379b6375b8e93490cf19b0a7856c401be9d3acbc5b1497fde5392bbc38c2193583e97a66048caac2f3cea784dd3a0df66c190bd5326f97a6c6cdb13a78f4cec3f6f68ef8277f2fd82dfeb32b0113808f0dd28ed8a8a4a34d099f068c11e40ae72e635ec4c933c771ef3c42d951c170672a35e678c5439df6a31b8707ef7a4031cd4ca151902adf18608fbcd54dda001a7f452a4519f913f50cf90645a476ba37d500a1c9f86edbab7391ce2068d470d758d155d9479b2dd216d1feb0457d8808362b9e76128a53dd3a54c177d70a80b258c28600be1dcb95ba4e07a488aa5fab04964cdfd578c432d57188e318485d99268d1e31bf5472f1c9af63202a4aadf73daf6ceaeb1e890d15d0f8f7af0e96638b20befae89e7173d9de93d1e700fc34b064842282f2a902853beed7c51c6d274d535d59d03d779279156454cd8d61ceadfb34c5c688b1e1ef3c817cd6ddde1900f2df5908590d3c4716640b8fc37544926aef539255a2b837fbf68213d56c6641fd9b04b7c113f4523cb382ba528f3a73bff4cb250e1c4541', '2026-11-21 06:31:26.735297+00', '2026-11-21 06:31:26.735297+00', 0, NULL, NULL, NULL);


--
-- Data for Name: pending_requests; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: proofs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: refresh_tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.refresh_tokens VALUES ('\xf37a4ba929c119e2881df60535f9c8ef19d17ad0929bac5aaf0164b9e24650a5', 1, '2026-11-21 06:31:26.714459+00', '2026-12-21 06:31:26.714459+00', NULL);


--
-- Data for Name: revoked_tokens; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sign_ups; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: signing_keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.signing_keys VALUES ('iryoV1MtOrl7T1qbytYr6d', 'RS256', 'current', '\xc5b232a27ed04acb007d80a988af66728b55c14fd4f2fa481c8b87b8075e9464cc4845afc6504378f259ef5db49d6f7258960c29f020132613d469c59e684f3a156195672ea75b34b44fefc0cee3cfdc4a04e5535aa09136ec69beed09d60268c3c19415f0cfc45a362908095c82d3fe935197e79d44bcd2fc5683292d62fee5d127f8b0de418a4c3e9a65e1aeb80cf0552b75331bc38cebc68f3d5757c11b45a74000b4006c19f6ea188a5f6e419052b0facd271f917432ce1040c6b95b56171757737d2a768ac7997adfb2ca8896a2603df93dff698b0e8d8b63034ff01202a3373c21d59d58adab8662891db837918481fb74574d2a80bc371b8189215774fd67bd4b8226d9c5a23ea5dc3eccd07f88ba3c0c0049cb25bb467e8127bb00ef1b057eb56ea708b15faad1866b96b9444f1a3a4763eb3052a116c924cc7f0e770899a8369435da289cfc02f40a7180b4b7ce880d062a407cb49607f039ec22469053963c701f003d2c0706a9591cd614167ec7da7df96925e48733823c7a26157d509850ab41988c5447ac5262ac81919c3b5a7d3845b3a70e01ea2a3bf728fe82ecffd709d356149bc1a6d8a319df7c14448a6df4a3504b45176c5450b5db25719eeec8bdf57659b28830a38d90286a7a1ac1de4d1b4bf9002e42612de731020e86f74ed51f728f6562798e04ea93bce19062f44e300335880f73e7c2f4e238a0ddbfc0040a750f968d368f1e3b45b5077bbbe4372f3fb86d09669d4ad47fcf97e993e0a2c4694b1af3b29dcbc60b8437560deac94fbb906e889dca68daeaa138bcc8c588b3c699c8ca456482ebab38a333adbc03b91d5dcdf67be289cd990720bb8d4ea2021c33303c3f5c5994733c5500bf6a603d32e170f71a974c376f0dc47505de33c50ff9d5d7b3567b0caf94e156a5d9edf553272446973f96bc24eb40eb5ecebd3abc984a0803c44f1a6fd88f6d50866f3ffd37f2b6414b76d6fe59c688a525429c7aa36cebd0d2a3eb43b141abe2f833e191c905f9a8047f582ba974df52080228d017c576d5701bebc5c47a3850250a7f578f29ecf196de1fd3f092107e404121172c86c56204bb2a1445f32039c1ca5ccc310d52c35e108d62ec06cd4b313b31105615597d3b69ba7cd9a4c0b8da6f50a31187b01c6b63fe88f481712fbc9f4e7b2bffc87d08ceb89a8470a657988ad81b932e05ce6168431fb09d495b0a2e0602887a5eac118199d693323fd5c70c41df6b4eee16545c1d1be4c85539aff52a7497b053181a4c058cf5e445c853733508c80c599a979e99c2997378f5e8e2f3a451be7189adac8b71e94d7550b1d20e0b3d98d66cc27bbaef4bcadcf80d9005da8e26804acbe34039ae3b30a5a0ece9ff592de895dc8107a13c0f284e5319c2de56df6d99e88f61becf77ce609a2ecdfba3ea72dbe5431482e14fca70c9e24deb349dd73964dbac9f1d5259714197b06060a4a83e0ddc3610ea12c6308c6e6965785a4c31ce2156c2c6d54687bd62b0c335c566e14d009d1220b59e4a208868a7be5e0436c09ddd47482759867205d55417505a4735be6c96a6d2b90acae0314600f474a438047743be7248fa519fbf026e32b8a47edf152797f24977688979be2af11afb91d142e414fa32fdb4944cfb4cbf1130cdadf383e609ab568b9faec05562d4b9ba0dab122b7b1bfda1362253d127dac55b95032ce40e0795577d1f6cb6aed70d0790c3c7adb2231dd706573c9c3d7ae592846d23a15d39bb49da61ce66f8288f7dada7cfff678a53a67194c7e74c9d2c867829952066c213a85b59b6deea1f099fb4acfebd5b60ccacb37e950213e10bb1ef29effe2b98f64c1f5449442cd839f0aed711504857879b69832bd68112679eb57cd3b7e5b1f4f41574fcf59f8dfa91170ed1e3524951e56517f0abbd1038d609f0b9c8bb1cd4b795b9663e0bcccb0a9b90c604d334a3c76c34f5c54d416ab487d4b52df5e367bba6279a8321009f82a971cdb1715aaee54b5911c4dd61e31ed667c13a4ec5bd69d00ee4c0c6952a8ca4c65be5c015121a760ab4cdb245c97085e0341af9e4f7e1e06f95d8062923af3104ce837b3e081f707ec8d8b529973b0671e19d742f4703aea5aa98e0dbb13801fde3224734792cbf3937f15ded675b0c5d3a2be1f118f87a47fdc2c3fee7e927acabc32ed906171de4324965378707ea2ed5880531b2185386d469ac0400684e7facd0de149cc5585b8ae70e40f279e9f4e8627defc576fa6bd7e2828e0b51b115815b31866e09ef6db8af879a5e4db4dd400825c3d7cef1464fedabbe2fd9b93ed347b2839a5d8075bd695f25b0098b30e1f80a5af2f84c3c346b75c39156d2c13221db2ad839ac73f4158c17bb255ec5647e373dc6df46dfd885400d81f5eb750d61771a7a86dc47c3463bc4eb06a8b4c3e9984c0fc2', '{"kty": "RSA", "n": "vJtNVLSDdne0JsuggkDT2SKvlolb0ZAJITfWdhdfhYCvwfl_REEoBzjvPwDvxOJigCkW-3IzOcbJJYQRwG1MF31_ilQwaIbZamp1EmssjiXQuZCjaETHHG5aDBsbBEanjPIwH2J8UDksHJLT24mcTvaW7YtfzTPAGXz_5JesyYlS8k962heuHoZqQkUiuVJWMHpSFEXP7Gpw6NLzqmUd2ElptXzx1Z49JxbXAJg0RKxWuJJh8gScYeD72NB_oZD7K8EL8ErUsh8tOomAw6XWzJU7quPthGTrnLcipi1qpS7o7wcrbaa2neuMkkkTRjrwP1hEikrQQxRMa9oecX8piQ", "e": "AQAB", "kid": "iryoV1MtOrl7T1qbytYr6d", "alg": "RS256", "use": "sig"}', 'RS256/current', '2026-11-21 06:31:26.563363+00', NULL);
INSERT INTO public.signing_keys VALUES ('YOJiyQSZmJfk9A7Y3yLgZs', 'RS256', 'next', '\x18922e0cb42b5b84687096c4f3f24d9ee79699f009a0a0c0cc90f34e22eba1e9ec46356cbc4d15a7237c74ede2c9217a1d4a78ff00da466a79ef835f3cc62aa4a5d3f15a1667e3ea2a9b1d1b20e384ee7bdce9fb73e3dd6f61851fff8fe1b5c0bf0947a3c29b0098e59a76f831d28d9690a493ee166e9b93c1198efcf0134f06c770ecec84b1cdaad53d47e689c81bf812c733ee2ad3b47f1dd22472deefcc5bda4e3c135e18fd279a928222051bc5c92a615c8af9a693cfc2efcb54807818524341491d0785f8d8b4bb889164dd7f659c6fabaaedceb35b598a7d898d034859e763fd45a58a1ca0c49edf6b504f0f767753d2390d58507433f8839d1b4ab5640099720368322746e753f265bbf8cd574af631a911de3aefaa78d49d21b2aac647965ae31fc49f2cf41a3b41d3e81d14116cd261bac7aad6d55a6fece6087f4987f66c6cffc3e13d3311d6488be3fd9ea371dd909c797b1ca0985da7c043e8f9bc520b0440ebaed7b44d7b9230619851d083d4281ad0095c6ef7366e74b5f1457e2b48635354cb63c44cc963d163e82e75eda52f2cfe502102c6f8c713e72915892a93b188ffa03e5c381871e635ad66450cc105372d9b7b6a54a081bf924ad9281f7e3ea0a43f0b9728801cf0e249523a3362bbdb31de4adea833584118d72cc8e5e9dfe0afc3f43d779dadaee87a9b95f33911685e54d6345e737ced085113a059047f4f3d97da34fd91e7b55279ff3f0261f7326b354b22446c10f58cae5af71a5c232bfeaf7abddfa210efb2a3c115e8e9ea36ef9417a8a21011fc1ac390040c91d67002580a66ac4c463dd71fb5ec632d35754970dd4679656f46948155c491808b9364c736af1df714676ff923d67957c5e2dbbc090cb819384b67d415ebf9766e3e6938fef0ff5890cb26fdaf0b6b8d5d9dfc7e373fc2abfab66ccf2f6d7ae927c85ff14d41e0bfd7ec56ad40af7f18d32d8201cb8b4b231a6b29af0f6ede29b131fe91e8dd850297ca0f6c7edb54727abfdcc303bdbb3bfe8716b1c1857408ff17d6f1c77b1fcebb8f662e3b40b933152eecb99db277c34cb4d0be3195a7b9cc9a45762000f55c8c0861afd6c87cc2d09b4bde79c29d1eb64b75ad0e5364aefbeb658556c28eb62db652a60bfcb08b0c966e50e8a6b3b9e8bb9457db560cb5adb9cde311f5e7e8ba0b7ac6954f73bdb2e5f07bfb1b484935e14d33d295d1c6decffa8b3ff9c401015e28822f926f652c93557e36020837bc1174bee5fa4b2bee94a6b7c4346f9d1720bb1f2adacaa22883f627fa5a458f13001b395fbdd0528dfb1cd6695fbde2f782f74cc19a67260c51b116569f0662f9fa7b93722fdf59a27a0c1eea030088b5a56dd5df2b17a22ebddec3e72d077d4fb9202e090655678b404fdeb3f83a3f3f2434fd465b9e36c5dde63f0f4c30a19a9c72c1699ab44631e0224d105a10b9e2798091213143490d791dd4b67a3fed02f9f3305e2af100c9a024778d033e738d568a12a24cd43046a4f88e6c4c5c6f62982465b10a6858bf2f2d6f83647821f4889daff8684454e1ce43bef79828040fce47f711e34a987cf5aa475fbc0ef409cda568798d1ad5dc1a5005574fba1549a3234052b87f4345ccfaf99b7e37e29f04eca7a3352700a8e096fdbe70d30f85c094206c039d06dbc428e4138a1ff06c8fcbba7050dbbf6253b5bd052c97835a4094df197506c229a40883e51f814e7ad91d540de4253210e42fd32d2a20f21f1c4c452cac0e4edb34f7b10643144ea8e23acc563dd725fd802e052b9a73e5b34369b99cf3831f42f64e91b5d3e62698392a00970aecf11af51bef3102c352830c1af51983b02c7f7461b91a8d7b421a65342d8eeef8c72266812932e1a9185ddb8e52700c70159383c59aaf1ff1b0cbbeae6d5ced45e72bbb551b1ed2fa33f62501b3ff691d32ecda8d76c02e4b9f70c86325f0223c433de346c9795039ae05af6734437ee3a6ca6acd5f3bfc43b896469258058dd5762e30ef4b537b7a60c64647ac9f24be9bb32e4f2141761292fc01a0a9126bd863d004c5c36f748f3af55fa47cc4daf116f056fec740f974706845665a84b7927d3aec0bb6de2a51bde3aa4b8104678c2f8faf174928fe1aaa9dd4779b2216a6b6f5eeebb88477ef3cae85f279fd0f3efc487a33ffb67c721033be60ff78d6ce3087a105211ca8b9caa06f910596561efa4429ff9ae71c96ce1d51f6abdacc10e468f71a404a940ed5f8d4bcd43f5414630d3d7b2bb7824962e8eaf50ed269d2b58dd2fd37c2ad2aefc96053bdd1881bae25bad192ac613639fd659dbf68309920b0a54816a14c230a565ac0977120471071ac338ca7a2328ffc3275d1f1b902d11d89a31a9a2a4b365f9e830dc9296177d8bc599326a9e381cfc94e1ec8b06c89d303b04d2192838db3aba03d072a51805e', '{"kty": "RSA", "n": "yHQlTPSmhFHK-ir42OFsEk3FSdKTXuNLBNYqBdSxnHpWvdD0xFAARcy7PgTMReaNynp5bO8EMF12uYHL3qSJ2ZXbqWZXYrhRhgrTC4Oc858oYcnYBsdYPVdizjjKxFUFx3eQuZsd_DTGOjsYVpkM1zMrSKC0WLD55ZQPrBz9KiktFMUHJU3bObd_Oxu-EklCEMkkfJKBqYNKHVlvRhJmDBV8zRYJvWzriPZw2SDHxrqcVgHtP82FuZ_ElZHbd3A9r1DkfqIMtC8PjAILGQ9M_7ksA3NHxOOT6pV6zQOPidp_X0w68OZ3JVvhjwex5WsgpzeQaUs-0MJ-1RWyop5RFw", "e": "AQAB", "kid": "YOJiyQSZmJfk9A7Y3yLgZs", "alg": "RS256", "use": "sig"}', 'RS256/next', '2026-11-21 06:31:26.591548+00', NULL);
INSERT INTO public.signing_keys VALUES ('zDQFYyTDWa7PswvnZugomY', 'ES256', 'current', '\xd17d7230a7e91761628c69e3248d161d3550386096d20a9606c3e1f13ef8e37bcff657b4e148c003cf75336b337d2df28e7362fae5eb19ba037948630dad455c0972396ea75211102ab54484d24e50a655b8f1beaa2e0528108646c620f715a7bf9104358ba26fbc3f0625be57a0868a1ecda4f6c854f2fdc225436b41b804d475cfe339ba7d26fad913ebced85d7c0989a8f6b4e5f5ac87d4cb217a8fe5fb3080af4e16cda4429408457e917a4a4dbaccdc6659e9c96067848f51e5f17cd9fc35eabf13722a17e79810d8779645778d57d66058999892097ca0758e7088c270217c017c43d0d0de393c83682ce4d093d897b1ae243f15ebc5fad226a876109c12b35f38788d5883ba595b5cf6', '{"kty": "EC", "crv": "P-256", "x": "xmSYuP5_HK1jly4mWVBiZCF5-peVVCw1olJnyAI9i1k", "y": "Tgzpu8TEV1k09fWYnm3-UskoTLfSe5HACSkCKj-lrIU", "kid": "zDQFYyTDWa7PswvnZugomY", "alg": "ES256", "use": "sig"}', 'ES256/current', '2026-11-21 06:31:26.593713+00', NULL);
INSERT INTO public.signing_keys VALUES ('5QQC6fQSue6P42esLwQ2zJ', 'ES256', 'next', '\x37cf4ec2378b73293cb725f69ba29b0a2b958d20fed27a797dc063b1eeab8808bb818dd73a0881476df658d096c6e981290d80a1e80ef15674ad0e552c6bf9c2da34986c33c1409f5fa589831af934d3215d2a352699fcce9a6a7bfadb77456caa9bd45f33f5b1d661384aab98e062ef01321a8726f8f57624fa4b2b7a7c5d1a8c36155e4049f5aa4da0e8876ef4b68bf59adb0dff2c71d60681fc242c4e74bbffc52bc7f921ac64223bb5b0ea58bf17f463d025e38f64ba83e3eca20a2b68515bca6521f47ec2b14bbe1be4609679c718b6fec5f5920ef4c1a2a857b47b339faf808efd86d825c23bf3753018222207149e17fc9f3ec299577ac47743007576903a53190b2801508ca6aafc07', '{"kty": "EC", "crv": "P-256", "x": "M6W6wNSmeMaEDFiIu9UGfBl3tY1Trk1WtEmUp6S30YM", "y": "rP8Y8r6LokYXs-JMndYh87NRvFnqilNO6J9YP-wFb2I", "kid": "5QQC6fQSue6P42esLwQ2zJ", "alg": "ES256", "use": "sig"}', 'ES256/next', '2026-11-21 06:31:26.595413+00', NULL);
INSERT INTO public.signing_keys VALUES ('Z7Ot2uBzQZm8FsR1DfChpp', 'EdDSA', 'current', '\x261e205e5b371bd2210406fd563d2fe2473648923bbb86568f8d15b11f82e9945486bc466e3f3e45677f7c4cdab34e512013a96bc49340298b53a7f4b8fe73fce1e8ad95429657560057763459264da6897aac9d4b482daabf8e46dc802a21bf377764286986fb61215b7fb636e46e77fdc88ac5599915c0ab2dad87d8e53307bf9056bb4af4f06a33957d76dc6639fb5082b7', '{"x": "g9i8aNcR4-mSzKDHHQ2hba1rJyqAQdG3uQUwlawBan0", "kty": "OKP", "crv": "Ed25519", "kid": "Z7Ot2uBzQZm8FsR1DfChpp", "alg": "EdDSA", "use": "sig"}', 'EdDSA/current', '2026-11-21 06:31:26.597195+00', NULL);
INSERT INTO public.signing_keys VALUES ('c2hUPcTFiGYFz7n38C2ivp', 'EdDSA', 'next', '\x617ffe50d6a15215474d3573a468c3420c1f597b9c5bd1ba5b536395aef623a0338b5d250f75811ffd1618e209f05b985b808de96122629b292935dd7b0a4d221a6c9ab0271affa503a6f7f17f8a4f9a7e5754abb37dce7489a4dd7a11ea836971a33a16d54cfe500e5aea5a24c90c36f762e78595e6347cc326f71efab84a16d8bea7a3d24d143ff868fdde61e1fae1421ea0', '{"x": "lwZjjHapHHPf1fUd3aIuHSgwerCeoJXGLVDwY-l7eEY", "kty": "OKP", "crv": "Ed25519", "kid": "c2hUPcTFiGYFz7n38C2ivp", "alg": "EdDSA", "use": "sig"}', 'EdDSA/next', '2026-11-21 06:31:26.599348+00', NULL);


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
-- Name: uq_proofs_holder_purpose; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_proofs_holder_purpose ON public.proofs USING btree (holder, purpose);


--
-- Name: refresh_tokens fk_refresh_tokens_grant_id_grants; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT fk_refresh_tokens_grant_id_grants FOREIGN KEY (grant_id) REFERENCES public.grants(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


