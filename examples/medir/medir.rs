//! Mede perda de pacotes e tempo de execução, em TCP e em UDP.

use std::process::ExitCode;

fn main() -> ExitCode {
    sockets::executar(|| medir::programa::principal(std::env::args_os()))
}
