//! O que ainda não foi confirmado.
