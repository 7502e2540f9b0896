//! Fixed-width, big-endian fields. One value has one encoding: nothing is optional but what a tag byte says.

use model::{ApiVersion, Chain, GrantNo, InstallationNo, Position};

/// Reads fields from the front.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_be_bytes)
    }

    pub(super) fn position(&mut self) -> Option<Position> {
        self.u64().map(Position)
    }

    pub(super) fn chain(&mut self) -> Option<Chain> {
        match self.u8()? {
            0 => Some(Chain::Grant(GrantNo(self.u32()?))),
            1 => Some(Chain::Installation(InstallationNo(self.u32()?))),
            _ => None,
        }
    }

    pub(super) fn api_version(&mut self) -> Option<ApiVersion> {
        let date = self.u32()?;
        format!("{:04}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100).parse().ok()
    }
}

pub(super) fn write_chain(chain: Chain, to: &mut Vec<u8>) {
    let (tag, number) = match chain {
        Chain::Grant(GrantNo(number)) => (0, number),
        Chain::Installation(InstallationNo(number)) => (1, number),
    };
    to.push(tag);
    to.extend_from_slice(&number.to_be_bytes());
}

pub(super) fn write_api_version(version: ApiVersion, to: &mut Vec<u8>) {
    let date =
        version.to_string().bytes().filter(u8::is_ascii_digit).fold(0u32, |number, digit| {
            number.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'))
        });
    to.extend_from_slice(&date.to_be_bytes());
}
