//! Onde os experimentos acontecem: um cliente, um servidor e o caminho entre eles.

mod ajustes;
mod pares;
mod procurado;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::procurado::{Procurado, SEM_TCP};
use crate::caminho::{Contas, Regras};
use crate::cpu::{self, Ocupacao};
#[cfg(target_os = "linux")]
use crate::rede::montagem::Emulado;

pub use self::ajustes::{AjustesTcp, Buffers};
pub use crate::rede::conexao::Conexao;
pub use crate::rede::contadores::Contadores;

/// De qual dos dois computadores se fala.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lado {
    /// Quem pergunta, ou quem manda.
    Cliente,
    /// Quem responde, ou quem recebe.
    Servidor,
}

/// Por que o TCP não é medido neste laboratório; `None` quando é.
pub type SemTcp = Option<&'static str>;

/// Um cliente, um servidor e o caminho entre eles.
pub struct Laboratorio {
    rede: Rede,
}

/// O que há de verdade por baixo.
enum Rede {
    /// Dois computadores de mentira, com cabos e emulador.
    #[cfg(target_os = "linux")]
    Emulada(Emulado),
    /// Só esta máquina, com um procurador UDP.
    Procurada(Procurado),
}

impl Laboratorio {
    /// Monta os dois computadores e o caminho perfeito entre eles, e confere que tudo
    /// passa. Quem não é root tem de chamá-la antes que o processo tenha outra thread.
    ///
    /// # Errors
    /// Um [`SemRede`](crate::rede::SemRede), com a frase que explica o que o sistema não deixou fazer. A rede
    /// do processo continua como era.
    pub fn montar() -> Result<Self> {
        #[cfg(target_os = "linux")]
        {
            let laboratorio = Self {
                rede: Rede::Emulada(Emulado::montar()?),
            };
            crate::rede::conferencia::conferir(&laboratorio)?;
            Ok(laboratorio)
        }
        #[cfg(not(target_os = "linux"))]
        Err(crate::rede::SemRede::outro_sistema().into())
    }

    /// O de quem não tem espaços de rede: o cliente e o servidor são esta máquina, e o
    /// caminho entre eles, um procurador UDP. O TCP não passa por ele
    /// ([`sem_tcp`](Self::sem_tcp)), e os contadores são os da máquina inteira.
    #[must_use]
    pub fn por_procurador() -> Self {
        Self {
            rede: Rede::Procurada(Procurado::default()),
        }
    }

    /// Os cabos, os computadores e o emulador, se há.
    #[cfg(target_os = "linux")]
    pub(crate) fn emulado(&self) -> Option<&Emulado> {
        match &self.rede {
            Rede::Emulada(emulado) => Some(emulado),
            Rede::Procurada(_) => None,
        }
    }

    /// Roda `tarefa` em uma thread do computador `lado`: os sockets que ela abrir são
    /// dele, e continuam a ser depois, em qualquer thread.
    ///
    /// # Panics
    /// Se a tarefa entra em pânico, ou se o sistema não deixa criar mais uma thread.
    pub fn dentro<T: Send>(
        &self,
        lado: Lado,
        tarefa: impl FnOnce() -> T + Send,
    ) -> T {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.computador(lado).dentro(tarefa),
            Rede::Procurada(_) => std::thread::scope(|escopo| {
                let _ = lado;
                match escopo.spawn(tarefa).join() {
                    Ok(resultado) => resultado,
                    Err(panico) => std::panic::resume_unwind(panico),
                }
            }),
        }
    }

    /// O endereço do computador `lado`.
    #[must_use]
    pub fn endereco(&self, lado: Lado) -> IpAddr {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => {
                emulado.computador(lado).endereco().into()
            }
            Rede::Procurada(_) => {
                let _ = lado;
                Ipv4Addr::LOCALHOST.into()
            }
        }
    }

    /// Passa a valer `ida` (do cliente ao servidor) e `volta`, com o sorteio recomeçado
    /// em `semente` e as contas zeradas. O que estava no caminho é esquecido.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => {
                emulado.emulador.aplicar(ida, volta, semente);
            }
            Rede::Procurada(procurado) => {
                procurado.aplicar(ida, volta, semente);
            }
        }
    }

    /// As contas do caminho desde [`aplicar`](Self::aplicar).
    #[must_use]
    pub fn contas(&self) -> Contas {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.contas(),
            Rede::Procurada(procurado) => procurado.contas(),
        }
    }

    /// Quantos quadros do cliente o caminho já leu, desde que ele existe; não espera. Quem
    /// manda sem parar não se afasta muito deste número: é o papel da fila da placa de
    /// rede, que um cabo de mentira não tem.
    #[must_use]
    pub fn lidos_do_cliente(&self) -> u64 {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.lidos(),
            Rede::Procurada(procurado) => procurado.lidos(),
        }
    }

    /// Escolhe como a thread que chama, as que ela criar daqui em diante e a do caminho
    /// dividem as CPUs. `Ok(false)` onde isso não se escolhe: elas ficam livres.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn cpus(&self, ocupacao: Ocupacao) -> Result<bool> {
        let lugar = ocupacao.lugar();
        let fixar = move || {
            cpu::fixar(lugar).with_context(|| {
                format!("não foi possível deixar as CPUs {}", ocupacao.nome())
            })
        };
        let esta = fixar()?;
        let caminho = match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => emulado.emulador.na_thread(fixar)?,
            // O que ainda não começou nascerá onde esta thread está.
            Rede::Procurada(procurado) => {
                procurado.na_thread(fixar).unwrap_or(Ok(true))?
            }
        };
        Ok(esta && caminho)
    }

    /// Por que o TCP não é medido aqui; `None` quando é.
    #[must_use]
    pub fn sem_tcp(&self) -> SemTcp {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(_) => None,
            Rede::Procurada(_) => Some(SEM_TCP),
        }
    }

    /// Os contadores do núcleo do computador `lado`, desde que ele existe. Com um
    /// procurador, são os da rede deste processo, que outros programas também usam.
    ///
    /// # Errors
    /// Quando não se deixam ler; fora do Linux, que não há.
    pub fn contadores(&self, lado: Lado) -> Result<Contadores> {
        if cfg!(not(target_os = "linux")) {
            bail!("não medido: só o Linux diz o que o núcleo descartou");
        }
        let ler = |nome: &str| {
            let arquivo = format!("/proc/thread-self/net/{nome}");
            std::fs::read_to_string(&arquivo)
                .with_context(|| format!("não foi possível ler {arquivo}"))
        };
        let (snmp, netstat) =
            self.dentro(lado, || (ler("snmp"), ler("netstat")));
        Contadores::ler(&snmp?, &netstat?)
    }

    /// Muda o menor prazo de retransmissão do TCP nos dois computadores, para as
    /// conexões que se abrirem daqui em diante. Vale em milissegundos inteiros.
    ///
    /// # Errors
    /// Onde o núcleo não deixa mudar.
    pub fn menor_prazo_do_tcp(&self, prazo: Duration) -> Result<()> {
        self.mudar_menor_prazo(Some(prazo))
    }

    /// Devolve aos dois computadores o menor prazo de retransmissão do núcleo (200 ms).
    ///
    /// # Errors
    /// Onde o núcleo não deixa mudar.
    pub fn menor_prazo_padrao(&self) -> Result<()> {
        self.mudar_menor_prazo(None)
    }

    fn mudar_menor_prazo(&self, prazo: Option<Duration>) -> Result<()> {
        match &self.rede {
            #[cfg(target_os = "linux")]
            Rede::Emulada(emulado) => [Lado::Cliente, Lado::Servidor]
                .into_iter()
                .try_for_each(|lado| {
                    emulado.computador(lado).menor_prazo_do_tcp(prazo)
                })
                .context(
                    "não foi possível mudar o menor prazo do TCP (rto_min da rota)",
                ),
            Rede::Procurada(_) => {
                let _ = prazo;
                bail!(SEM_TCP)
            }
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::espera;

    #[test]
    fn o_laboratorio_vai_de_uma_thread_a_outra() {
        fn vai<T: Send + Sync>() {}
        vai::<Laboratorio>();
    }

    #[test]
    fn por_procurador_o_udp_passa_e_o_tcp_se_explica() -> Result<()> {
        let laboratorio = Laboratorio::por_procurador();
        let (cliente, servidor) = laboratorio.par_udp()?;
        cliente.send(b"vai")?;
        assert!(espera::legivel(&servidor, Duration::from_secs(20))?);
        servidor.send(b"volta")?;
        assert!(espera::legivel(&cliente, Duration::from_secs(20))?);
        let contas = laboratorio.contas();
        assert_eq!((contas.ida.entraram, contas.volta.entraram), (1, 1));
        assert_eq!(laboratorio.lidos_do_cliente(), 1);

        let erro = laboratorio
            .par_tcp(AjustesTcp::default())
            .expect_err("não se mede");
        let porque = laboratorio.sem_tcp().expect("há um porquê");
        assert_eq!(erro.to_string(), porque);
        assert!(laboratorio.menor_prazo_padrao().is_err());
        Ok(())
    }

    /// As regras de antes do par valem para ele, e as de depois também.
    #[test]
    fn por_procurador_as_regras_valem_antes_e_depois_do_par() -> Result<()> {
        let laboratorio = Laboratorio::por_procurador();
        let nada_passa = Regras {
            perda: 1.0,
            ..Regras::default()
        };
        laboratorio.aplicar(nada_passa.clone(), Regras::default(), 1);
        assert_eq!(laboratorio.contas(), Contas::default());
        let (cliente, servidor) = laboratorio.par_udp()?;
        cliente.send(b"some")?;
        assert_eq!(laboratorio.contas().ida.derrubados, 1);
        laboratorio.aplicar(Regras::default(), nada_passa, 1);
        cliente.send(b"passa")?;
        assert_eq!(laboratorio.contas().ida.sairam, 1);
        assert!(espera::legivel(&servidor, Duration::from_secs(20))?);
        servidor.send(b"some")?;
        assert_eq!(laboratorio.contas().volta.derrubados, 1);
        Ok(())
    }

    #[test]
    fn por_procurador_as_cpus_se_escolhem_antes_e_depois_do_par() -> Result<()>
    {
        // Em uma thread à parte, para não mexer na do teste.
        std::thread::spawn(|| -> Result<()> {
            let laboratorio = Laboratorio::por_procurador();
            let linux = cfg!(target_os = "linux");
            assert_eq!(laboratorio.cpus(Ocupacao::Juntas)?, linux);
            let _par = laboratorio.par_udp()?;
            assert_eq!(laboratorio.cpus(Ocupacao::Livres)?, linux);
            Ok(())
        })
        .join()
        .expect("a thread não entra em pânico")
    }
}
