"""A small IAM Identity Center for demos and tests: stateful, strict, real HTTP on 127.0.0.1.

It imports nothing from the rest of ssohelper. Any SDK or the AWS CLI can use it through `AWS_ENDPOINT_URL_SSO`,
`…_SSO_OIDC` and the other variables of `Simulator.environment`:

    with Simulator(organisation()) as simulator:
        subprocess.run(["aws", "sso", "login"], env=os.environ | simulator.environment)

`world` is the state of everything, `companies` has examples of it. A world consists of `entities` with `identifiers`;
`accounts`, `people`, `assignments` with `access`, and `provisioning`, which takes time, are its parts.

`portal` and `oidc` implement the two services of users on top of `tokens`, `registrations`, `device_codes` and
`authorization_codes`; `console` implements the AWS console's federation endpoint; `approval` and `pages` serve the
browser.

Administrators use `administration`, `assignment_administration`, `directory` and `organization` in the protocol of
`json_api` with `inputs`; `iam_policies` in that of `query_api`; and `access_analyzer` with `policy_checks` and
`json_spans`. These answer `callers`, who sign with credentials that the portal issued (`signatures`), if their
`policies` with `conditions` and `aws_policies` allow the operation.

`api` dispatches, counts, delays, fails and throttles calls (`counters`, `faults`, `limiter`); `control` is an HTTP
interface to change this from another process (`world_changes`, `json_members`); `http_server` listens; `server` puts
everything together; `signals` waits for Ctrl-C.
"""
