//! provisório
