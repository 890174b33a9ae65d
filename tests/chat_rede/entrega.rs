//! Com perda nos dois sentidos, TCP e UDP confiável entregam tudo, uma vez, em ordem.

use std::time::Duration;

use cena::Teclado;
use libtest_mimic::Trial;
use provas::rede::{Host, TUDO};
use provas::{Falha, Rede};

use crate::lado::{Modo, abrir, abrir_as_duas, acabou_bem, comando, conferir, entrada, linhas};
use crate::prova;

/// Quantos pacotes em mil o cabo perde, em cada sentido.
const PERDAS: [u32; 3] = [0, 50, 300];

/// Quantas linhas se mandam.
const MUITAS: usize = 2000;

/// Quantas, em TCP com 30 % de perda: 27 KB. O TCP dobra o prazo a cada retransmissão
/// que também se perde: de 240 conversas, metade acabou em 2 s, e a mais demorada levou
/// 21. Com 200 KB, seis levaram de 8 a 44 s.
const POUCAS: usize = 150;

/// O que se diz com o cabo já bom.
const ULTIMA: &str = "a última linha";

/// Muitas vezes a mais demorada que se mediu.
const PRAZO: Duration = Duration::from_secs(240);

/// Uma entrega: em que modo, com que perda e de quantas linhas.
#[derive(Clone, Copy)]
struct Caso {
    modo: Modo,
    por_mil: u32,
    quantas: usize,
}

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    // Dos piores aos melhores, que são os que menos demoram.
    for por_mil in PERDAS.into_iter().rev() {
        for modo in ["tcp", "udp-confiavel"] {
            let caso = Caso::novo(modo, por_mil);
            let nome = |o_que| format!("entrega::{modo}_com_{}_por_cento_{o_que}", por_mil / 10);
            provas.push(prova(nome("nos_dois_sentidos"), move |rede| {
                caso.perder(rede)?;
                caso.nos_dois_sentidos(rede)?;
                caso.conferir_o_cabo(rede)
            }));
            provas.push(prova(nome("de_um_cano"), move |rede| {
                caso.perder(rede)?;
                caso.de_um_cano(rede)?;
                caso.conferir_o_cabo(rede)
            }));
        }
    }
    provas
}

impl Caso {
    fn novo(modo: Modo, por_mil: u32) -> Self {
        let mut caso = Self {
            modo,
            por_mil,
            quantas: MUITAS,
        };
        if caso.tcp_aos_solucos() {
            caso.quantas = POUCAS;
        }
        caso
    }

    /// Se o TCP passa, às vezes, muitos segundos sem conseguir nada.
    fn tcp_aos_solucos(self) -> bool {
        self.modo == "tcp" && self.por_mil == 300
    }

    fn perder(self, rede: &Rede) -> Result<(), Falha> {
        for host in &rede.hosts {
            // O mesmo em qualquer máquina, e o que mais sofre com a perda.
            host.ajustar("net/ipv4/tcp_congestion_control", "reno")?;
            host.perder(TUDO, self.por_mil)?;
        }
        Ok(())
    }

    /// As duas mandam ao mesmo tempo, e só se despedem depois de ver tudo: quem ouve uma
    /// despedida deixa para a próxima conversa o que ainda não leu da entrada.
    fn nos_dois_sentidos(self, rede: &Rede) -> Result<(), Falha> {
        let mut de_ana = linhas("Ana", self.quantas);
        let mut de_bia = linhas("Bia", self.quantas);
        let [ana, bia] = abrir_as_duas(rede, self.modo, Teclado::Cano)?;
        let [mut ana, mut bia] = [ana.com_prazo(PRAZO), bia.com_prazo(PRAZO)];
        ana.escrever(entrada(&de_ana));
        bia.escrever(entrada(&de_bia));
        bia.esperar_linha_com(&de_ana[self.quantas - 1])?;
        ana.esperar_linha_com(&de_bia[self.quantas - 1])?;
        if self.tcp_aos_solucos() {
            // Uma despedida em TCP dura 5 s, e um soluço pode durar mais: ela é com o
            // cabo bom, depois de uma linha que mostra que os soluços passaram.
            deixar_passar(rede)?;
            ana.escrever(format!("{ULTIMA}\n"));
            bia.escrever(format!("{ULTIMA}\n"));
            de_ana.push(ULTIMA.into());
            de_bia.push(ULTIMA.into());
            ana.esperar_linha_com(ULTIMA)?;
            bia.esperar_linha_com(ULTIMA)?;
        }
        ana.fechar_entrada();
        bia.fechar_entrada();
        acabou_bem(&mut ana, PRAZO)?;
        acabou_bem(&mut bia, PRAZO)?;
        conferir(&ana, "Bia", &de_bia)?;
        conferir(&bia, "Ana", &de_ana)
    }

    /// `… | chat` de um lado, `chat --so-ouvir --uma-conversa` do outro. O cano acaba
    /// muito antes da entrega, e o programa espera por ela.
    fn de_um_cano(self, rede: &Rede) -> Result<(), Falha> {
        let de_ana = linhas("Ana", self.quantas);
        let [um, outro] = &rede.hosts;
        let [ip_de_ana, ip_de_bia] = [um, outro].map(|host| host.endereco().to_string());
        let ouvir = ["--so-ouvir", "--uma-conversa"];
        let bia = comando(&ip_de_ana, self.modo, "Bia", &ouvir)?;
        let mut bia = outro.rodar("Bia", &bia, Teclado::Cano)?.com_prazo(PRAZO);
        let mut ana = abrir(um, &ip_de_bia, self.modo, "Ana", Teclado::Cano)?;
        ana.escrever(entrada(&de_ana));
        ana.fechar_entrada();
        if self.tcp_aos_solucos() {
            bia.esperar_linha_com(&de_ana[self.quantas - 1])?;
            deixar_passar(rede)?;
        }
        acabou_bem(&mut ana, PRAZO)?;
        acabou_bem(&mut bia, PRAZO)?;
        conferir(&bia, "Ana", &de_ana)
    }

    /// O cabo perdeu quando devia, e nunca mais do que um segmento de cada vez.
    fn conferir_o_cabo(self, rede: &Rede) -> Result<(), Falha> {
        let [um, outro] = &rede.hosts;
        let derrubados = um.derrubados()? + outro.derrubados()?;
        let grandes = um.pacotes_grandes()? + outro.pacotes_grandes()?;
        if (derrubados > 0) == (self.por_mil > 0) && grandes == 0 {
            return Ok(());
        }
        Err(Falha::nova(format!(
            "o cabo devia perder {} em mil e derrubou {derrubados} pacotes; {grandes} \
             passavam de 1500 bytes",
            self.por_mil
        )))
    }
}

fn deixar_passar(rede: &Rede) -> Result<(), Falha> {
    rede.hosts.iter().try_for_each(Host::deixar_passar)
}
