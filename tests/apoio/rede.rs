//! Uma rede de mentira com perda de verdade: dois computadores e um cabo, sem sair
//! desta máquina e sem ser administrador dela. Só existe no Linux.
//!
//! Cada computador é um espaço de nomes de rede (`network_namespaces(7)`), com os seus
//! endereços, portas, rotas e contadores, dentro de um espaço de usuários em que somos
//! root (`user_namespaces(7)`). O cabo é um par `veth(4)`. O processo 1 de cada
//! computador é um `cat`; quando ele acaba, porque a prova acabou ou porque morreu e a
//! entrada dele se fechou, o núcleo mata tudo que roda lá (`pid_namespaces(7)`) e a
//! rede se desfaz.
//!
//! Duas armadilhas de quem mede perdas, e como se foge delas:
//!
//! - **Onde se derruba.** Uma regra na saída de quem manda faria o `send` dele falhar
//!   (`EPERM`), o que rede nenhuma faz. Aqui ela está na chegada de quem recebe.
//! - **O que se derruba.** O TCP entrega ao cabo pacotes de até 64 KiB, à espera de que
//!   a placa os corte, e um veth nunca os corta: 1 % de perda seria 1 % *deles*. Com
//!   `gso_max_segs 1` o núcleo monta um segmento por pacote, e não é preciso `ethtool`.
//!   Quem duvida confere [`Host::pacotes_grandes`].

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use cena::Teclado;

use crate::ferramentas::{Ausente, exigir};
use crate::{Falha, Filho};

/// O cabo, como cada computador o chama.
pub const CABO: &str = "veth0";

/// Todo pacote de TCP ou de UDP, como o nft os escolhe.
pub const TUDO: &str = "meta l4proto { tcp, udp }";

/// Quanto se espera por um comando que arruma a rede.
const PRAZO: Duration = Duration::from_secs(30);

/// De onde saem os computadores e as regras deles: util-linux, iproute2 e nftables.
const FERRAMENTAS: [&str; 6] = ["cat", "ip", "nft", "nsenter", "tee", "unshare"];

/// O que cada computador conta e derruba na chegada, nesta ordem.
const REGRAS: &str = "
add table inet rede
add counter inet rede grandes
add counter inet rede derrubados
add chain inet rede conta { type filter hook prerouting priority -310; }
add rule inet rede conta meta length > 1500 counter name grandes
add chain inet rede derruba { type filter hook prerouting priority -300; }
";

/// Um computador de mentira. Acaba, com tudo que roda nele, ao sair de cena.
pub struct Host {
    /// O processo 1.
    vida: Filho,
    endereco: Ipv4Addr,
}

/// Dois computadores ligados por um cabo: o 10.0.0.1 e o 10.0.0.2.
pub struct Rede {
    /// Os computadores.
    pub hosts: [Host; 2],
}

/// Se uma rede de mentira é possível nesta máquina; monta uma, na primeira vez, para
/// saber.
///
/// # Errors
/// Os comandos que faltam, ou o que o sistema não deixou fazer.
pub fn possivel() -> Result<(), Ausente> {
    static POSSIVEL: OnceLock<Result<(), Ausente>> = OnceLock::new();
    let tentar = || {
        exigir(&FERRAMENTAS)?;
        match Rede::abrir() {
            Ok(_) => Ok(()),
            Err(falha) => Err(Ausente::porque(format!(
                "não há como montar aqui dois computadores de mentira: {falha}"
            ))),
        }
    };
    POSSIVEL.get_or_init(tentar).clone()
}

/// Se um programa pode montar aqui os seus próprios computadores de mentira, só com o
/// núcleo: um espaço de usuários, um de rede e um cabo dentro dele.
///
/// # Errors
/// Os comandos que faltam para saber, ou o que o sistema não deixou fazer.
pub fn ha_espacos() -> Result<(), Ausente> {
    static HA: OnceLock<Result<(), Ausente>> = OnceLock::new();
    let tentar = || {
        exigir(&["ip", "unshare"])?;
        let mut cabo = Command::new("unshare");
        cabo.args(["--user", "--map-root-user", "--net"])
            // Sem nome, a outra ponta se chamaria veth0, que já é o desta.
            .args(["ip", "link", "add", CABO, "type", "veth"])
            .args(["peer", "name", "outra"]);
        let montar = || -> Result<(), Falha> {
            let mut filho = Filho::rodar("unshare", cabo)?.com_prazo(PRAZO);
            match filho.esperar_fim()? {
                0 => Ok(()),
                codigo => Err(Falha::nova(format!(
                    "o unshare acabou com o código {codigo}"
                ))),
            }
        };
        montar().map_err(|falha| {
            Ausente::porque(format!(
                "o sistema não deixa criar espaços de rede: {falha}"
            ))
        })
    };
    HA.get_or_init(tentar).clone()
}

/// Se esta máquina tem o endereço de loopback de IPv6.
///
/// # Errors
/// O que o sistema respondeu a quem o pediu.
pub fn ha_ipv6() -> Result<(), Ausente> {
    UdpSocket::bind((Ipv6Addr::LOCALHOST, 0))
        .map(drop)
        .map_err(|erro| Ausente::porque(format!("não há IPv6 nesta máquina: {erro}")))
}

impl Rede {
    /// Monta os dois computadores e liga o cabo. Nada se perde, por enquanto.
    ///
    /// # Errors
    /// O comando que o sistema não deixou rodar, e o que ele disse.
    pub fn abrir() -> Result<Self, Falha> {
        let primeiro = Host::nascer(Ipv4Addr::new(10, 0, 0, 1), sozinho())?;
        // O segundo nasce dentro do espaço de usuários do primeiro, para que um possa
        // dar ao outro uma ponta do cabo.
        let dentro = primeiro.comando(None, &novo(&["--net"]));
        let segundo = Host::nascer(Ipv4Addr::new(10, 0, 0, 2), dentro)?;
        let outro = segundo.vida.pid().to_string();
        primeiro.ip(&format!(
            "link add {CABO} type veth peer name {CABO} netns {outro}"
        ))?;
        let rede = Self {
            hosts: [primeiro, segundo],
        };
        for host in &rede.hosts {
            host.arrumar()?;
        }
        rede.repor_cabo()?;
        Ok(rede)
    }

    /// Arranca o cabo: um lado fica sem a interface, e o outro, sem sinal nela.
    ///
    /// # Errors
    /// Quando o `ip` não deixa.
    pub fn arrancar_cabo(&self) -> Result<(), Falha> {
        self.hosts[0].ip(&format!("link set {CABO} down"))
    }

    /// Põe o cabo de volta.
    ///
    /// # Errors
    /// Quando o `ip` não deixa.
    pub fn repor_cabo(&self) -> Result<(), Falha> {
        let [um, outro] = &self.hosts;
        um.ip(&format!("link set {CABO} up"))?;
        outro.ip(&format!("link set {CABO} up"))
    }
}

/// `unshare` que faz nascer um computador: o `cat` é o processo 1, e morre com quem o
/// abriu.
fn novo(espacos: &[&str]) -> Command {
    let mut unshare = Command::new("unshare");
    unshare
        .args(espacos)
        .args(["--pid", "--fork", "--kill-child", "cat"]);
    unshare
}

/// O primeiro computador, no espaço de usuários em que somos root.
fn sozinho() -> Command {
    novo(&["--user", "--map-root-user", "--net"])
}

impl Host {
    /// Espera que o processo 1 responda: aí o computador existe.
    fn nascer(endereco: Ipv4Addr, unshare: Command) -> Result<Self, Falha> {
        let dito = descrever(&unshare);
        let mut vida = Filho::rodar(&dito, unshare)?.com_prazo(PRAZO);
        vida.escrever("vivo\n");
        if vida.esperar_linha()? != "vivo" {
            return Err(recusado(&dito, &vida));
        }
        Ok(Self { vida, endereco })
    }

    fn arrumar(&self) -> Result<(), Falha> {
        self.ip("link set lo up")?;
        self.ip(&format!("link set {CABO} gso_max_segs 1"))?;
        self.ip(&format!("address add {}/24 dev {CABO}", self.endereco))?;
        self.nft(REGRAS)
    }

    /// O endereço deste computador.
    #[must_use]
    pub fn endereco(&self) -> Ipv4Addr {
        self.endereco
    }

    /// Roda um programa neste computador; veja [`Filho::com_teclado`].
    ///
    /// # Errors
    /// Quando ele não começa.
    pub fn rodar(&self, nome: &str, comando: &Command, teclado: Teclado) -> Result<Filho, Falha> {
        // O espaço de processos em que o `cat` é o 1, e não o do `unshare`.
        let processos = format!("--pid=/proc/{}/ns/pid_for_children", self.vida.pid());
        Filho::com_teclado(nome, self.comando(Some(&processos), comando), teclado)
    }

    /// Roda `ip` com estes argumentos, separados por espaços.
    ///
    /// # Errors
    /// Quando ele não aceita.
    pub fn ip(&self, argumentos: &str) -> Result<(), Falha> {
        let mut ip = Command::new("ip");
        ip.args(argumentos.split_whitespace());
        self.administrar(&ip, "").map(drop)
    }

    /// Põe `valor` em um parâmetro de `/proc/sys`, que aqui só vale neste computador.
    ///
    /// # Errors
    /// Quando o núcleo não aceita.
    pub fn ajustar(&self, parametro: &str, valor: &str) -> Result<(), Falha> {
        let mut tee = Command::new("tee");
        tee.arg(format!("/proc/sys/{parametro}"));
        self.administrar(&tee, valor).map(drop)
    }

    /// Passa a derrubar, na chegada e por sorteio, `por_mil` em cada mil dos pacotes
    /// que `quais` escolhe, na língua do `nft(8)`.
    ///
    /// # Errors
    /// Quando o nft não aceita.
    pub fn perder(&self, quais: &str, por_mil: u32) -> Result<(), Falha> {
        let sorteio = if por_mil < 1000 {
            format!("numgen random mod 1000 < {por_mil}")
        } else {
            String::new()
        };
        self.nft(&format!(
            "add rule inet rede derruba {quais} {sorteio} counter name derrubados drop"
        ))
    }

    /// Passa a contar os pacotes que `quais` escolhe, os que se derrubam também, para
    /// [`Host::contador`].
    ///
    /// # Errors
    /// Quando o nft não aceita.
    pub fn contar(&self, nome: &str, quais: &str) -> Result<(), Falha> {
        self.nft(&format!(
            "add counter inet rede {nome}\n\
             add rule inet rede conta {quais} counter name {nome}"
        ))
    }

    /// Deixa de derrubar.
    ///
    /// # Errors
    /// Quando o nft não aceita.
    pub fn deixar_passar(&self) -> Result<(), Falha> {
        self.nft("flush chain inet rede derruba")
    }

    /// Quantos pacotes as regras de perda já derrubaram.
    ///
    /// # Errors
    /// Quando o nft não responde.
    pub fn derrubados(&self) -> Result<u64, Falha> {
        self.contador("derrubados")
    }

    /// Quantos pacotes chegaram maiores do que um cabo de verdade leva. Com algum, a
    /// perda não foi de segmentos.
    ///
    /// # Errors
    /// Quando o nft não responde.
    pub fn pacotes_grandes(&self) -> Result<u64, Falha> {
        self.contador("grandes")
    }

    /// Quantos pacotes um contador do nft já viu.
    ///
    /// # Errors
    /// Quando o nft não responde, ou não há esse contador.
    pub fn contador(&self, nome: &str) -> Result<u64, Falha> {
        let mut nft = Command::new("nft");
        nft.args(["list", "counter", "inet", "rede", nome]);
        let saida = self.administrar(&nft, "")?;
        let mut palavras = saida.split_whitespace();
        let numero = palavras
            .find(|palavra| *palavra == "packets")
            .and_then(|_| palavras.next()?.parse().ok());
        numero.ok_or_else(|| Falha::nova(format!("o nft não disse quantos pacotes: {saida}")))
    }

    /// Quantos datagramas chegaram e não tiveram lugar na fila de um socket
    /// (`RcvbufErrors`, em `/proc/net/snmp`).
    ///
    /// # Errors
    /// Quando o núcleo não diz.
    pub fn datagramas_sem_lugar(&self) -> Result<u64, Falha> {
        self.do_nucleo("Udp", "RcvbufErrors")
    }

    /// O contador `nome` de um protocolo, como `/proc/net/snmp` os chama: `Ip` e
    /// `FragCreates`, `Udp` e `InDatagrams`.
    ///
    /// # Errors
    /// Quando o núcleo não diz.
    pub fn do_nucleo(&self, protocolo: &str, nome: &str) -> Result<u64, Falha> {
        let arquivo = format!("/proc/{}/net/snmp", self.vida.pid());
        let texto = fs::read_to_string(&arquivo)
            .map_err(|erro| Falha::nova(format!("não foi possível ler {arquivo}: {erro}")))?;
        contador(&texto, protocolo, nome)
            .ok_or_else(|| Falha::nova(format!("não há {nome} em {arquivo}: {texto}")))
    }

    fn nft(&self, regras: &str) -> Result<(), Falha> {
        let mut nft = Command::new("nft");
        nft.args(["-f", "-"]);
        self.administrar(&nft, regras).map(drop)
    }

    /// Roda até o fim um comando que arruma a rede, com `entrada` na entrada padrão, e
    /// devolve o que ele mostrou.
    fn administrar(&self, comando: &Command, entrada: &str) -> Result<String, Falha> {
        let dito = descrever(comando);
        let mut filho = Filho::rodar(&dito, self.comando(None, comando))?;
        filho.escrever(entrada);
        filho.fechar_entrada();
        match filho.esperar_fim_em(PRAZO)? {
            0 => Ok(filho.tudo()),
            _ => Err(recusado(&dito, &filho)),
        }
    }

    /// `comando`, dentro dos espaços de nomes deste computador.
    fn comando(&self, processos: Option<&str>, comando: &Command) -> Command {
        let mut dentro = Command::new("nsenter");
        dentro
            .args(["--user", "--net", "--preserve-credentials", "--target"])
            .arg(self.vida.pid().to_string())
            .args(processos)
            .arg("--")
            .arg(comando.get_program())
            .args(comando.get_args());
        for (nome, valor) in comando.get_envs() {
            match valor {
                Some(valor) => dentro.env(nome, valor),
                None => dentro.env_remove(nome),
            };
        }
        dentro
    }
}

/// O que se tentou e o que se ouviu, em uma linha.
fn recusado(dito: &str, filho: &Filho) -> Falha {
    let saida: Vec<String> = filho.tudo().lines().map(str::to_string).collect();
    Falha::nova(format!("«{dito}» não deu certo: {}", saida.join("; ")))
}

fn descrever(comando: &Command) -> String {
    let programa = comando.get_program();
    let palavras = [programa].into_iter().chain(comando.get_args());
    let palavras: Vec<_> = palavras.map(|palavra| palavra.to_string_lossy()).collect();
    palavras.join(" ")
}

/// Um contador de um protocolo: o arquivo tem uma linha de nomes e uma de números.
fn contador(texto: &str, protocolo: &str, nome: &str) -> Option<u64> {
    let comeco = format!("{protocolo}: ");
    let mut linhas = texto.lines().filter(|linha| linha.starts_with(&comeco));
    let nomes = linhas.next()?.split_whitespace();
    let numeros = linhas.next()?.split_whitespace();
    let (_, numero) = nomes.zip(numeros).find(|(este, _)| *este == nome)?;
    numero.parse().ok()
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_numero_e_o_que_esta_embaixo_do_nome() {
        let texto = "Tcp: RcvbufErrors\nTcp: 3\n\
                     Udp: InDatagrams RcvbufErrors SndbufErrors\nUdp: 10 7 0\n\
                     UdpLite: InDatagrams\nUdpLite: 0\n";
        assert_eq!(contador(texto, "Udp", "RcvbufErrors"), Some(7));
        assert_eq!(contador(texto, "Tcp", "RcvbufErrors"), Some(3));
        assert_eq!(contador(texto, "Udp", "NoPorts"), None);
        assert_eq!(contador(texto, "Ip", "RcvbufErrors"), None);
    }
}
