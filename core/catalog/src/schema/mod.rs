//! Schemas become shapes: references followed, branches merged, the strictest reading kept.

mod combine;
mod leaf;
pub(crate) mod marks;
mod narrow;
mod reference;
mod shapes;
mod view;

pub(crate) use reference::resolve;
pub(crate) use shapes::{Note, Shapes};
pub(crate) use view::{DIFFERENT_ABOUT, Origins};
