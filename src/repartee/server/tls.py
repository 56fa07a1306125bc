"""TLS: the operator's certificate, or one of our own making.

Some stock clients speak wss only, whatever URL they are given, so a server on one's own machine
needs a certificate that no authority will ever sign: ours signs itself.
"""

import logging
import ssl
from pathlib import Path

from repartee.settings import Server, SettingsError
from repartee.settings.folders import state_folder

log = logging.getLogger(__name__)


def context(server: Server) -> ssl.SSLContext | None:
    """The server's TLS, if the settings ask for any.  Raises SettingsError."""
    if server.tls_self_signed:
        # It brings `cryptography`, seven megabytes that only those who sign themselves need.
        from repartee.server.certificate import certificate_names, self_signed

        certificate, key = self_signed(state_folder(), certificate_names(server.host))
        log.warning(
            "the certificate signs itself; clients trust it with NODE_EXTRA_CA_CERTS=%s (Node), "
            "SSL_CERT_FILE=%s (Python) or --cacert (curl)",
            certificate,
            certificate,
        )
    elif server.tls_cert is not None and server.tls_key is not None:
        certificate, key = Path(server.tls_cert), Path(server.tls_key)
    else:
        return None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.set_alpn_protocols(["http/1.1"])
    try:
        tls.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"server.tls_cert {certificate} and server.tls_key {key} cannot be used ({error}): "
            "both must be PEM files that belong together"
        ) from None
    return tls
