//! Secret bytes that cannot be printed and compare in constant time.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret: no `Debug`, no `Display`, no serialisation; wiped when dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the secret in.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself. Every call is a place to review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
