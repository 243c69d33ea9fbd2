"""HTTP requests outside the AWS APIs, with botocore's HTTP client: certificates and proxies as in its clients."""

import botocore.awsrequest
import botocore.httpsession
import botocore.utils

from ssohelper.identity_center import clients, request_log
from ssohelper.identity_center.errors import translate_errors
from ssohelper.identity_center.network import Network


def post_form(url: str, form: str, network: Network, service: str) -> tuple[int, bytes]:
    """The status and body of the response. The form is in the request's body, since proxies and logs see URLs.

    Raises what `translate_errors` does; `service` is the name in its messages.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = botocore.awsrequest.AWSRequest(method="POST", url=url, headers=headers, data=form)
    with translate_errors(service):
        session = _session(url, network)
        response = request_log.sent("POST", url, lambda: session.send(request.prepare()))
        return int(response.status_code), bytes(response.content)


def redirect_location(method: str, url: str, network: Network, service: str) -> tuple[int, str]:
    """The status and `Location` of the response, without its body; a redirect is not followed. Raises as above."""
    request = botocore.awsrequest.AWSRequest(method=method, url=url, stream_output=True)
    session = _session(url, network)
    with translate_errors(service):
        response = request_log.sent(method, url, lambda: session.send(request.prepare()))
        session.close()
        return int(response.status_code), response.headers.get("Location", "")


def _session(url: str, network: Network) -> botocore.httpsession.URLLib3Session:
    return botocore.httpsession.URLLib3Session(
        # As in botocore's own clients; its stubs allow neither a file nor two timeouts.
        verify=network.verify,  # type: ignore[arg-type]
        proxies=botocore.utils.get_environ_proxies(url),
        proxies_config=network.proxies_config,
        timeout=(clients.CONNECT_SECONDS, clients.READ_SECONDS),  # type: ignore[arg-type]
    )
