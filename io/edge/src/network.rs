//! Source networks, truncated: enough to tell a stolen token, too little to tell a person.

use std::net::IpAddr;

/// The /24 of an IPv4 or the /48 of an IPv6 address. IPv4 in IPv6 counts as IPv4.
#[must_use]
pub fn truncated(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().into_iter().take(3).collect(),
        IpAddr::V6(address) => address.octets().into_iter().take(6).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_host() {
        assert_eq!(truncated("192.0.2.77".parse().unwrap()), [192, 0, 2]);
        assert_eq!(truncated("::ffff:192.0.2.77".parse().unwrap()), [192, 0, 2]);
        assert_eq!(truncated("2001:db8:1:2::3".parse().unwrap()), [0x20, 1, 0xd, 0xb8, 0, 1]);
    }
}
