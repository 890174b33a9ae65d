//! Onde se grava: o loopback de um espaço de rede só da prova, ou dois computadores
//! ligados por um caminho que demora, os do programa das medições.

use std::ffi::OsString;
use std::process::Command;

use provas::{Falha, Filho, medir};

/// De quem é um programa, um socket ou um pacote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lado {
    Cliente,
    Servidor,
}

impl Lado {
    /// Como a gravação o escreve.
    pub fn nome(self) -> &'static str {
        match self {
            Self::Cliente => "cliente",
            Self::Servidor => "servidor",
        }
    }

    /// O lado com este nome.
    pub fn de(nome: &str) -> Option<Self> {
        [Self::Cliente, Self::Servidor]
            .into_iter()
            .find(|lado| lado.nome() == nome)
    }
}

/// Um computador: a rede que os processos dele veem, e como se entra nela.
#[derive(Debug, Clone)]
pub struct Computador {
    pid: u32,
    entrada: Vec<OsString>,
}

impl Computador {
    fn novo(pid: u32, espacos: &[&str]) -> Self {
        Self {
            pid,
            entrada: espacos.iter().map(OsString::from).collect(),
        }
    }

    /// `comando`, dentro deste computador.
    pub fn comando(&self, comando: &Command) -> Command {
        let mut dentro = Command::new("nsenter");
        dentro
            .arg("--target")
            .arg(self.pid.to_string())
            .args(&self.entrada)
            .arg("--")
            .arg(comando.get_program())
            .args(comando.get_args());
        dentro
    }
}

/// Um espaço de rede em que só há o loopback. Acaba ao sair de cena.
pub struct Loopback {
    _vida: Filho,
    aqui: Computador,
}

impl Loopback {
    /// Monta o espaço, e espera que o loopback esteja de pé.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn abrir() -> Result<Self, Falha> {
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--user", "--map-root-user", "--net", "sh", "-c"])
            .arg("ip link set lo up && echo vivo && exec cat");
        let mut vida = Filho::rodar("unshare", unshare)?;
        let linha = vida.esperar_linha()?;
        if linha != "vivo" {
            return Err(vida.falha("o espaço de rede não nasceu"));
        }
        let espacos = ["--user", "--net", "--preserve-credentials"];
        let aqui = Computador::novo(vida.pid(), &espacos);
        Ok(Self { _vida: vida, aqui })
    }

    /// O computador.
    pub fn aqui(&self) -> &Computador {
        &self.aqui
    }
}

/// O cliente e o servidor em computadores diferentes, a meia ida e volta um do outro.
pub struct Caminho {
    _vida: Filho,
    cliente: Computador,
    servidor: Computador,
}

impl Caminho {
    /// A interface de rede de cada computador.
    pub const INTERFACE: &str = "cabo";

    /// Monta os dois, com um caminho de `ida_e_volta` milissegundos entre eles.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn abrir(ida_e_volta: u32) -> Result<Self, Falha> {
        let mut dentro = Command::new(medir::programa()?);
        dentro
            .args(["dentro", "--rtt", &ida_e_volta.to_string(), "--"])
            .args(["sh", "-c", "echo vivo $$ && exec cat"]);
        let mut vida = Filho::rodar("medir dentro", dentro)?;
        let ensinado = vida.esperar_linha_com("nsenter --target ")?;
        let vivo = vida.esperar_linha_com("vivo ")?;
        let lidos = (|| {
            let mut palavras = ensinado.split_whitespace().skip(2);
            let servidor = palavras.next()?.parse().ok()?;
            let espacos: Vec<&str> = palavras
                .filter(|palavra| palavra.starts_with('-'))
                .collect();
            let cliente = vivo.rsplit(' ').next()?.parse().ok()?;
            Some((cliente, servidor, espacos))
        })();
        let (cliente, servidor, espacos) =
            lidos.ok_or_else(|| vida.falha("o medir não disse como se entra nos computadores"))?;
        Ok(Self {
            cliente: Computador::novo(cliente, &espacos),
            servidor: Computador::novo(servidor, &espacos),
            _vida: vida,
        })
    }

    /// O computador deste lado.
    pub fn de(&self, lado: Lado) -> &Computador {
        match lado {
            Lado::Cliente => &self.cliente,
            Lado::Servidor => &self.servidor,
        }
    }
}
