//! Um terminal de mentira, do sistema: o que se escreve em um lado, o programa lê
//! do outro como se alguém digitasse.
//!
//! Só existe no Unix (`openpt`, POSIX). O lado do programa se comporta como
//! qualquer terminal: `isatty` diz que sim, e Ctrl-D acaba com a entrada.

use std::fs::File;
use std::io;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

/// O byte que um terminal entende como o fim da entrada, no começo de uma linha.
pub(crate) const FIM_DA_ENTRADA: u8 = 4;

/// Os dois lados de um pseudoterminal.
pub(crate) struct Pseudoterminal {
    /// O lado de quem digita e olha.
    pub(crate) pessoa: File,
    /// O lado do programa.
    pub(crate) programa: File,
}

impl Pseudoterminal {
    /// Um terminal novo, com a configuração de costume do sistema.
    pub(crate) fn novo() -> io::Result<Self> {
        let modo = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        // Um processo que herdasse este lado não deixaria o terminal acabar. O Linux já
        // o abre fechado à herança; nos outros sistemas, um processo que outra thread
        // comece entre uma chamada e a outra ainda o herda.
        #[cfg(target_os = "linux")]
        let modo = modo | OpenptFlags::CLOEXEC;
        let pessoa = openpt(modo)?;
        fcntl_setfd(&pessoa, FdFlags::CLOEXEC)?;
        grantpt(&pessoa)?;
        unlockpt(&pessoa)?;
        let nome = ptsname(&pessoa, Vec::new())?;
        let modo = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let programa = open(nome, modo, Mode::empty())?;
        Ok(Self {
            pessoa: pessoa.into(),
            programa: programa.into(),
        })
    }

    /// Um terminal que só serve de teclado: não repete o que se digita nem troca
    /// as quebras de linha, pois ninguém olha para ele.
    pub(crate) fn teclado() -> io::Result<Self> {
        let terminal = Self::novo()?;
        let mut modos = tcgetattr(&terminal.programa)?;
        modos
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ECHONL);
        modos
            .input_modes
            .remove(InputModes::ICRNL | InputModes::INLCR);
        modos.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&terminal.programa, OptionalActions::Now, &modos)?;
        Ok(terminal)
    }
}

#[cfg(test)]
mod testes {
    use std::io::{BufRead, BufReader, IsTerminal, Write};

    use super::*;

    #[test]
    fn o_que_se_digita_chega_em_linhas_e_o_ctrl_d_e_o_fim() {
        let Pseudoterminal {
            mut pessoa,
            programa,
        } = Pseudoterminal::teclado().unwrap();
        assert!(programa.is_terminal());
        pessoa.write_all("olá\n".as_bytes()).unwrap();
        pessoa.write_all(&[FIM_DA_ENTRADA]).unwrap();
        let mut programa = BufReader::new(programa);
        let mut linha = String::new();
        programa.read_line(&mut linha).unwrap();
        assert_eq!(linha, "olá\n");
        assert_eq!(programa.read_line(&mut linha).unwrap(), 0);
    }
}
