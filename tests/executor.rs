//! provisório
fn main() {}
