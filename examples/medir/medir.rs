//! Mede perda de pacotes e tempo de execução, em TCP e em UDP.

fn main() {}
