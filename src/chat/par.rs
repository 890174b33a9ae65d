//! O endereço do outro lado.
