//! Addresses to listen on, each for a process alone or shared by several.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

/// So many connections may wait to be accepted; the system may allow fewer.
pub(super) const BACKLOG: u16 = 1024;

/// Listens there. One that shares leaves room for other processes that share the address, too: the system spreads connections over them.
///
/// # Errors
///
/// Where the address can't be had; the error says which, and what to do.
pub(crate) fn bind(address: SocketAddr, shares: bool) -> io::Result<TcpListener> {
    let listen = || {
        let socket = bound(address, shares)?;
        socket.listen(BACKLOG.into())?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    listen().map_err(|error| explained(address, &error))
}

/// An address that processes are going to share: a port that was found stays theirs as long as this is kept. Nobody listens on it by this.
#[derive(Debug)]
pub(crate) struct Reserved {
    /// With the port that was found where 0 was asked for.
    pub(crate) address: SocketAddr,
    _socket: Socket,
}

impl Reserved {
    /// Finds that address free.
    ///
    /// # Errors
    ///
    /// Where the address can't be had, or somebody listens on it already, be it to share it.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let reserve = || {
            // Another gateway that shares the address would get a part of the requests: only who doesn't share it learns of that.
            bound(address, false).and_then(|alone| alone.listen(1))?;
            let socket = bound(address, true)?;
            let found = socket.local_addr()?.as_socket().unwrap_or(address);
            Ok(Self { address: found, _socket: socket })
        };
        reserve().map_err(|error| explained(address, &error))
    }
}

fn bound(address: SocketAddr, shares: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections that a process before this one has closed may linger. Elsewhere the option lets anybody have the address.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if shares {
        share(&socket)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
fn share(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(not(all(unix, not(any(target_os = "solaris", target_os = "illumos")))))]
fn share(_: &Socket) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "processes can't share an address on this system"))
}

fn explained(address: SocketAddr, error: &io::Error) -> io::Error {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => "; end the program that listens there, or choose another port (0: any that is free)",
        io::ErrorKind::AddrNotAvailable => "; choose an address that this machine has",
        io::ErrorKind::PermissionDenied => "; choose a port from 1024 on, or allow the program to use this one",
        _ => "",
    };
    io::Error::new(error.kind(), format!("can't listen on {address}: {error}{remedy}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    #[cfg(unix)]
    #[test]
    fn who_shares_an_address_may_have_it_together() {
        let first = bind(ANY, true).unwrap();
        let address = first.local_addr().unwrap();
        let second = bind(address, true).unwrap();
        assert_eq!(second.local_addr().unwrap(), address);
    }

    #[test]
    fn who_does_not_share_an_address_is_told_that_it_is_taken() {
        let first = bind(ANY, false).unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let text = error.to_string();
        assert!(text.contains(&address.to_string()) && text.contains("choose another port"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_reserved_address_is_there_for_those_who_share_it() {
        let reserved = Reserved::new(ANY).unwrap();
        assert_ne!(reserved.address.port(), 0);
        let first = bind(reserved.address, true).unwrap();
        let _second = bind(reserved.address, true).unwrap();
        // Who reserves it takes no connections.
        let _client = std::net::TcpStream::connect(reserved.address).unwrap();
        drop(first);
    }

    #[cfg(unix)]
    #[test]
    fn an_address_that_others_share_already_can_not_be_reserved() {
        let other = bind(ANY, true).unwrap();
        let error = Reserved::new(other.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn an_address_of_another_machine_is_refused_with_a_remedy() {
        let error = bind(([192, 0, 2, 1], 0).into(), false).unwrap_err();
        assert!(error.to_string().contains("192.0.2.1:0") && error.to_string().contains("this machine has"), "{error}");
    }
}
