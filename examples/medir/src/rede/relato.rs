//! Monta a rede, confere e mede um pouco de cada coisa, e conta o que achou: é como se
//! sabe, em uma máquina nova, o que as medições vão poder fazer nela.

mod medidas;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;

use self::medidas::IdasEVoltas;
use super::sem_rede::{SemRede, linha_de_comando};
use crate::caminho::{Contas, Regras};
use crate::cpu::{self, Ocupacao};
use crate::laboratorio::{AjustesTcp, Laboratorio, Lado};
use crate::resultados::numeros::com_casas;

/// O que se vê em um laboratório em que ninguém fala.
const SILENCIO: Duration = Duration::from_millis(300);

/// A ida e volta que se pede ao caminho, para ver se é a que ele dá.
const ATRASO: Duration = Duration::from_millis(20);

/// O menor prazo de retransmissão que se pede ao TCP, para ver se ele obedece.
const PRAZO: Duration = Duration::from_millis(50);

/// Quanto o prazo do TCP varia por si: o relógio do núcleo pode ser de 100 tiques por
/// segundo, e vai um a mais na estimativa e outro no arredondamento.
const FOLGA: Duration = Duration::from_millis(20);

/// O que não saiu como devia.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Achados {
    /// Se há dois computadores de mentira nesta máquina.
    pub ha_rede: bool,
    /// Uma frase para cada coisa que invalidaria uma medição.
    pub defeitos: Vec<String>,
}

/// Monta a rede e escreve em `saida` o que achou, uma linha por coisa. Quem não é root
/// tem de chamá-la antes que o processo tenha outra thread.
///
/// # Errors
/// O que não deu para medir, ou para escrever. Uma máquina sem rede de mentira não é um
/// erro: é um achado.
pub fn relatar(saida: &mut dyn Write) -> Result<Achados> {
    let inicio = Instant::now();
    let laboratorio = match Laboratorio::montar() {
        Ok(laboratorio) => laboratorio,
        Err(erro) => {
            let recusa = erro.downcast::<SemRede>()?;
            explicar(saida, &recusa)?;
            return sem_rede(saida);
        }
    };
    writeln!(
        saida,
        "Dois computadores de mentira, {} e {}, montados e conferidos em {} ms.",
        laboratorio.endereco(Lado::Cliente),
        laboratorio.endereco(Lado::Servidor),
        milissegundos(inicio.elapsed()),
    )?;
    let mut relato = Relato {
        saida,
        laboratorio: &laboratorio,
        achados: Achados {
            ha_rede: true,
            defeitos: Vec::new(),
        },
    };
    relato.silencio()?;
    relato.idas_e_voltas()?;
    relato.vazao()?;
    relato.atraso()?;
    relato.perda()?;
    relato.memoria()?;
    relato.menor_prazo()?;
    relato.congestionamento()?;
    Ok(relato.achados)
}

/// Relata o que se mede sem a rede de mentira: o UDP, por um procurador.
fn sem_rede(saida: &mut dyn Write) -> Result<Achados> {
    let laboratorio = Laboratorio::por_procurador();
    writeln!(saida, "Enquanto isso, por um procurador UDP em 127.0.0.1:")?;
    let mut relato = Relato {
        saida,
        laboratorio: &laboratorio,
        achados: Achados::default(),
    };
    relato.idas_e_voltas()?;
    relato.atraso()?;
    relato.perda()?;
    Ok(relato.achados)
}

/// Por que não há rede, e o que quem lê pode fazer.
///
/// # Errors
/// O que não deu para escrever.
pub fn explicar(saida: &mut dyn Write, recusa: &SemRede) -> io::Result<()> {
    writeln!(saida, "Sem dois computadores de mentira: {recusa}.")?;
    writeln!(saida, "O que dá para fazer:")?;
    for saida_possivel in recusa.saidas(&linha_de_comando()) {
        writeln!(saida, "- {saida_possivel}.")?;
    }
    Ok(())
}

/// Um relato em andamento.
struct Relato<'a> {
    saida: &'a mut dyn Write,
    laboratorio: &'a Laboratorio,
    achados: Achados,
}

impl Relato<'_> {
    /// Conta uma coisa; se ela não é como devia, também a guarda.
    fn contar(&mut self, certo: bool, texto: String) -> io::Result<()> {
        if certo {
            writeln!(self.saida, "- {texto}.")
        } else {
            writeln!(self.saida, "- DEFEITO: {texto}.")?;
            self.achados.defeitos.push(texto);
            Ok(())
        }
    }

    /// O caminho perfeito, com as contas zeradas.
    fn limpar(&self) {
        self.laboratorio
            .aplicar(Regras::default(), Regras::default(), 0);
    }

    fn silencio(&mut self) -> Result<()> {
        self.limpar();
        std::thread::sleep(SILENCIO);
        let contas = self.laboratorio.contas();
        let quieto = contas == Contas::default();
        let texto = if quieto {
            format!(
                "com ninguém falando, nada passou pelo caminho em {} ms",
                milissegundos(SILENCIO)
            )
        } else {
            format!("com ninguém falando, passou algo: {contas:?}")
        };
        Ok(self.contar(quieto, texto)?)
    }

    fn idas_e_voltas(&mut self) -> Result<()> {
        for ocupacao in [Ocupacao::Juntas, Ocupacao::Livres] {
            let fixou = self.laboratorio.cpus(ocupacao)?;
            let udp = medidas::udp(self.laboratorio)?;
            let tcp = match self.laboratorio.sem_tcp() {
                Some(porque) => format!("não medido ({porque})"),
                None => tempos(&medidas::tcp(self.laboratorio)?),
            };
            let onde = match ocupacao {
                Ocupacao::Juntas if fixou => "tudo na mesma CPU",
                _ => "as CPUs livres",
            };
            let texto = format!(
                "ida e volta de 64 bytes, sem atraso, {onde}: UDP {}; TCP {tcp}",
                tempos(&udp),
            );
            self.contar(true, texto)?;
        }
        Ok(())
    }

    fn vazao(&mut self) -> Result<()> {
        let vazao = medidas::vazao(self.laboratorio)?;
        let contas = self.laboratorio.contas();
        let [ida, volta] = [contas.ida, contas.volta];
        let certo = ida.grandes + volta.grandes == 0;
        let mut texto = format!(
            "vazão do TCP (reno), com as {} CPUs livres: {} Gb/s",
            cpu::quantas(),
            com_casas(vazao / 1e9, 2)
        );
        if !certo {
            texto += ", com segmentos juntados em quadros grandes";
        }
        Ok(self.contar(certo, texto)?)
    }

    fn atraso(&mut self) -> Result<()> {
        let cada_sentido = Regras {
            atraso: ATRASO / 2,
            ..Regras::default()
        };
        self.laboratorio
            .aplicar(cada_sentido.clone(), cada_sentido, 0);
        let medidas = medidas::udp_poucas(self.laboratorio)?;
        let texto = format!(
            "ida e volta pedida de {} ms: {}",
            milissegundos(ATRASO),
            tempos(&medidas)
        );
        Ok(self.contar(true, texto)?)
    }

    /// O que o programa não recebeu é o que o caminho e o buffer derrubaram, sem faltar
    /// nem sobrar um.
    fn perda(&mut self) -> Result<()> {
        let perda = medidas::perda(self.laboratorio)?;
        let certo = perda.fecha();
        let texto = format!(
            "perda pedida de {} %: de {} datagramas, {} chegaram, o caminho derrubou \
             {} e o buffer de quem recebe, {}: a conta {}",
            com_casas(100.0 * medidas::PERDA, 0),
            perda.enviados,
            perda.recebidos,
            perda.derrubados,
            perda
                .sem_buffer
                .map_or("não se sabe quantos".into(), |n| n.to_string()),
            if certo { "fecha" } else { "não fecha" }
        );
        Ok(self.contar(certo, texto)?)
    }

    /// O que uma conexão aprendeu não passa à seguinte.
    fn memoria(&mut self) -> Result<()> {
        let antes = medidas::prazo_do_tcp(self.laboratorio)?;
        let depois =
            medidas::prazo_depois_de_um_caminho_lento(self.laboratorio)?;
        let certo = depois.abs_diff(antes) <= FOLGA;
        let texto = format!(
            "prazo de retransmissão de uma conexão TCP nova: {} ms; logo depois de \
             outra por um caminho lento: {} ms{}",
            milissegundos(antes),
            milissegundos(depois),
            if certo { "" } else { ", herdado dela" }
        );
        Ok(self.contar(certo, texto)?)
    }

    fn menor_prazo(&mut self) -> Result<()> {
        let padrao = medidas::prazo_do_tcp(self.laboratorio)?;
        self.laboratorio.menor_prazo_do_tcp(PRAZO)?;
        let pedido = medidas::prazo_do_tcp(self.laboratorio)?;
        self.laboratorio.menor_prazo_padrao()?;
        let de_novo = medidas::prazo_do_tcp(self.laboratorio)?;
        let certo = pedido >= PRAZO
            && pedido <= PRAZO + FOLGA
            && padrao > pedido
            && de_novo.abs_diff(padrao) <= FOLGA;
        let texto = format!(
            "prazo de retransmissão do TCP sem atraso: {} ms; com o menor prazo em \
             {} ms, {} ms; de volta ao padrão, {} ms",
            milissegundos(padrao),
            milissegundos(PRAZO),
            milissegundos(pedido),
            milissegundos(de_novo)
        );
        Ok(self.contar(certo, texto)?)
    }

    fn congestionamento(&mut self) -> Result<()> {
        let padrao = self.laboratorio.congestionamento_padrao()?;
        self.contar(
            true,
            format!("controle de congestionamento padrão: {padrao}"),
        )?;
        for nome in ["reno", "cubic", "bbr"] {
            let ajustes = AjustesTcp {
                congestionamento: Some(nome),
                ..AjustesTcp::default()
            };
            let texto = match self.laboratorio.par_tcp(ajustes) {
                Ok(pontas) => {
                    self.laboratorio.encerrar(pontas)?;
                    format!("controle de congestionamento {nome}: sim")
                }
                Err(erro) => format!(
                    "controle de congestionamento {nome}: não. {erro:#}"
                ),
            };
            self.contar(true, texto)?;
        }
        Ok(())
    }
}

/// As medidas em uma frase: a mediana, o percentil 99 e a maior.
fn tempos(medidas: &IdasEVoltas) -> String {
    let micros = |valor| com_casas(valor, 1);
    format!(
        "p50 {} µs, p99 {} µs, maior {} µs",
        micros(medidas.p50),
        micros(medidas.p99),
        micros(medidas.maior)
    )
}

fn milissegundos(tempo: Duration) -> String {
    com_casas(tempo.as_secs_f64() * 1e3, 0)
}
