//! O laço.
