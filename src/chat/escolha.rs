//! Conexões que se cruzam.
