"""A small IAM Identity Center for demos and tests: stateful, strict, real HTTP on 127.0.0.1.

It imports nothing from the rest of ssohelper. Any SDK or the AWS CLI can use it through `AWS_ENDPOINT_URL_SSO`,
`…_SSO_OIDC` and, for the AWS console, `…_SIGNIN`:

    with Simulator(organisation()) as simulator:
        subprocess.run(["aws", "sso", "login"], env=os.environ | simulator.environment)

Modules: `world` holds accounts, permission sets, users and assignments; `portal` and `oidc` implement the two
services on top of `tokens`, `registrations`, `device_codes` and `authorization_codes`; `console` implements the AWS
console's federation endpoint; `approval` and `pages` serve the browser; `api` dispatches, counts, delays, fails and
throttles calls (`counters`, `faults`, `limiter`); `control` is an HTTP interface to change this from another
process; `http_server` listens; `server` puts everything together; `signals` waits for Ctrl-C.
"""
