//! TLS: whom is trusted, and who we are.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    client::WebPkiServerVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tonic::transport::{ClientTlsConfig, Endpoint, Identity};

use crate::pipeline::settings::OtlpEndpoint;

/// Certificates to trust, and our own where the server wants to know who we are.
pub(super) struct Tls {
    roots: Arc<RootCertStore>,
    client: Option<Client>,
}

/// Our own certificate and its key, as the files have them.
struct Client {
    certificate: Vec<u8>,
    key: Vec<u8>,
    config: ClientConfig,
}

impl Tls {
    /// Reads the files, and the certificates that the system trusts.
    pub(super) fn read(endpoint: &OtlpEndpoint) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &endpoint.certificate {
            for certificate in certificates(path, &read(path)?)? {
                roots
                    .add(certificate)
                    .map_err(|error| format!("the certificate in `{}` can't be used: {error}", path.display()))?;
            }
        }
        if roots.is_empty() {
            let why = "this system has no certificates to trust, which `https://` needs; install its package of them (`ca-certificates`), \
                       or name a file of them";
            return Err(why.to_owned());
        }
        let roots = Arc::new(roots);
        let client = match &endpoint.client_certificate {
            None => None,
            Some((certificate, key)) => Some(Client::read(certificate, key, &roots)?),
        };
        Ok(Self { roots, client })
    }

    /// For HTTP.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        match &self.client {
            Some(client) => Ok(client.config.clone()),
            None => config(&self.roots, None),
        }
    }

    /// For gRPC.
    pub(super) fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, String> {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&self.roots), provider());
        let verifier = verifier.build().map_err(|error| error.to_string())?;
        let mut config = ClientTlsConfig::new();
        if let Some(client) = &self.client {
            config = config.identity(Identity::from_pem(&client.certificate, &client.key));
        }
        endpoint.tls_config_with_verifier(config, verifier).map_err(|error| super::answer::of_connection(&error))
    }
}

impl Client {
    fn read(certificate: &Path, key: &Path, roots: &Arc<RootCertStore>) -> Result<Self, String> {
        let (certificate_pem, key_pem) = (read(certificate)?, read(key)?);
        let chain = certificates(certificate, &certificate_pem)?;
        let private = PrivateKeyDer::from_pem_slice(&key_pem)
            .map_err(|_| format!("`{}` has no private key; it must be a PEM file with one, unencrypted", key.display()))?;
        let config = config(roots, Some((chain, private))).map_err(|error| {
            format!("the client certificate `{}` and the key `{}` can't be used: {error}", certificate.display(), key.display())
        })?;
        Ok(Self { certificate: certificate_pem, key: key_pem, config })
    }
}

/// For plaintext: a client for HTTP wants to know all the same whom it would trust. Nobody.
pub(super) fn none() -> Result<ClientConfig, String> {
    config(&Arc::new(RootCertStore::empty()), None)
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn config(roots: &Arc<RootCertStore>, own: Option<Own>) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(Arc::clone(roots));
    match own {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string()),
    }
}

/// The program's choice, or ring, which needs nothing to be built but a C compiler.
fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("the file `{}` can't be read: {error}", path.display()))
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(format!("`{}` has no certificate; it must be a PEM file (`-----BEGIN CERTIFICATE-----`)", path.display())),
        Err(error) => Err(format!("the certificates in `{}` can't be read: {error}", path.display())),
    }
}
