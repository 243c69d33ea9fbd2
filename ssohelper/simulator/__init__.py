"""Identity Center in miniature: stateful, strict, over real HTTP on 127.0.0.1; it knows nothing of the rest.

Point any SDK or the AWS CLI at it with `AWS_ENDPOINT_URL_SSO`, `…_SSO_OIDC` and, for the console, `…_SIGNIN`:

    with Simulator(organisation()) as simulator:
        subprocess.run(["aws", "sso", "login"], env=os.environ | simulator.environment)

Where things are: `world` is what exists and who may use it; `portal` and `oidc` are the two services, on top of
`tokens`, `registrations`, `device_codes` and `authorization_codes`; `console` is the door of the AWS console;
`approval` and `pages` are what the person sees in the browser; `api` counts, slows, breaks and throttles calls
(`counters`, `faults`, `limiter`); `control` changes it all from another process; `door` is the socket; `server` puts
them together.
"""
