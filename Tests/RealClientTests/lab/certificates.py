"""Certificates for the laboratory's servers, signed by the committed test authority in tls/, which its clients trust."""
import os
import random
import subprocess

TLS_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls")
CA_CERTIFICATE = os.path.join(TLS_DIRECTORY, "ca.crt")


class CertificateError(Exception):
    pass


def issue(directory, names):
    """Makes server.key and server.crt in `directory` for these host names and 127.0.0.1."""
    os.makedirs(directory, exist_ok=True)
    at = lambda name: os.path.join(directory, name)
    with open(at("extensions"), "w") as file:
        file.write(f"subjectAltName={','.join(f'DNS:{name}' for name in names)},IP:127.0.0.1\n"
                   "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=lab.test",
             "-keyout", at("server.key"), "-out", at("server.csr"))
    _openssl("x509", "-req", "-in", at("server.csr"), "-CA", CA_CERTIFICATE, "-CAkey", os.path.join(TLS_DIRECTORY, "ca.key"),
             "-set_serial", str(random.getrandbits(64)), "-days", "30", "-extfile", at("extensions"), "-out", at("server.crt"))


def _openssl(*arguments):
    result = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if result.returncode:
        raise CertificateError(f"openssl {arguments[0]}: {result.stderr}")
