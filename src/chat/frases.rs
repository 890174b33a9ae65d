//! O que a pessoa lê sobre a conversa, fora o que se diz nela.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::protocolo::{Modo, Motivo};
use super::transporte::Medidas;
use super::unidades::{contar, duracao};
use crate::visivel;

/// O programa abriu.
#[must_use]
pub fn abriu(local: SocketAddr, par: SocketAddr, protocolo: &str) -> String {
    format!("à escuta em {local}; à espera de {par}, por {protocolo}")
}

/// A conversa começou ou voltou.
#[must_use]
pub fn conectou(nome: &str, endereco: SocketAddr, voltou: bool) -> String {
    if voltou {
        format!("{nome} está de volta, em {endereco}")
    } else {
        format!("conectado com {nome}, em {endereco}")
    }
}

/// A conversa caiu.
#[must_use]
pub fn caiu(nome: &str, motivo: &str) -> String {
    let motivo = visivel(motivo.as_bytes());
    format!("a conversa com {nome} caiu: {motivo}. Tentando de novo")
}

/// O outro foi embora.
#[must_use]
pub fn saiu(nome: &str, acabou: bool) -> String {
    if acabou {
        format!("{nome} saiu")
    } else {
        format!("{nome} saiu. À espera de outra conversa")
    }
}

/// Itens do outro que não chegaram.
#[must_use]
pub fn perdidos(quantos: u64) -> String {
    let quantos = contar(quantos, "mensagem perdida", "mensagens perdidas");
    format!("… {quantos} …")
}

/// Quem disse uma mensagem que chegou depois de outras mais novas.
#[must_use]
pub fn atrasado(nome: &str, passaram: u64) -> String {
    let passaram = contar(passaram, "passou", "passaram");
    format!("{nome} (atrasada: {passaram} na frente)")
}

/// O que o outro disse ter ouvido, na despedida em UDP.
#[must_use]
pub fn ate_logo(nome: &str, enviados: u64, recebidos: u64) -> String {
    let quantas = contar(enviados, "mensagem", "mensagens");
    format!("{nome} recebeu {recebidos} de {quantas}")
}

/// Alguém que não é o par.
#[must_use]
pub fn estranho(quem: IpAddr, par: IpAddr) -> String {
    format!(
        "{quem} tentou entrar e foi recusado: a conversa é só com {par}, o endereço de --ip"
    )
}

/// O outro programa não quis conversar.
#[must_use]
pub fn recusou(motivo: Motivo, explicacao: &str) -> String {
    // As aspas mostram até onde vai o que é dele.
    let explicacao = visivel(explicacao.as_bytes()).replace(['«', '»'], "\"");
    let o_que_fazer = match motivo {
        Motivo::Versao => {
            "ele fala outra versão do protocolo. Atualize o mais velho dos dois"
        }
        Motivo::Estranho => {
            "ele espera alguém em outro endereço. Confira o --ip de lá: tem de ser \
             o deste computador"
        }
        Motivo::Ocupado => {
            "ele já está em uma conversa. Veja se há outro chat aberto com ele"
        }
        Motivo::Lixo => {
            "ele não entendeu o que recebeu. Veja se os dois são a mesma versão"
        }
        Motivo::Modo => {
            "ele foi aberto em outro protocolo. Use o mesmo --protocolo nos dois"
        }
        Motivo::Espelho => {
            "quem respondeu foi este mesmo programa. Confira o --ip e as portas"
        }
        Motivo::Demora => {
            "o que mandamos não chegou inteiro a tempo. Veja como está a rede"
        }
    };
    let dito = if explicacao.is_empty() {
        String::new()
    } else {
        format!(" (ele disse: «{explicacao}»)")
    };
    format!("o outro programa recusou a conversa: {o_que_fazer}{dito}")
}

/// Nós não quisemos conversar.
#[must_use]
pub fn recusado(motivo: Motivo, detalhe: &str, par: IpAddr) -> String {
    let detalhe = visivel(detalhe.as_bytes());
    let o_que_fazer = match motivo {
        Motivo::Versao => ". Atualize o mais velho dos dois",
        Motivo::Modo => ". Use o mesmo --protocolo nos dois",
        Motivo::Espelho => ". Confira o --ip e as portas",
        Motivo::Lixo => ". Confira se o que está lá é mesmo o chat",
        Motivo::Estranho | Motivo::Ocupado | Motivo::Demora => "",
    };
    format!("recusado o que chegou de {par}: {detalhe}{o_que_fazer}")
}

/// O outro ainda não está lá.
#[must_use]
pub fn sem_resposta(motivo: &str) -> String {
    let motivo = visivel(motivo.as_bytes());
    format!("ainda sem conversa: {motivo}. Tentando de novo")
}

/// A resposta a `/ping`.
#[must_use]
pub fn eco(nome: &str, demorou: Duration) -> String {
    format!("ida e volta até {nome}: {}", duracao(demorou))
}

/// A resposta a `/estatisticas`.
#[must_use]
pub fn estatisticas(medidas: &Medidas, modo: Modo, pendentes: u64) -> String {
    let Medidas {
        enviados,
        confirmados,
        recebidos,
        perdidos,
        duplicados,
        fora_de_ordem,
        retransmitidos,
        descartados,
        ida_e_volta,
    } = medidas;
    let confirmados = match modo {
        Modo::Udp => format!("que o outro disse ter recebido: {confirmados}"),
        Modo::Tcp | Modo::UdpConfiavel => format!("confirmadas: {confirmados}"),
    };
    let ida_e_volta =
        ida_e_volta.map_or_else(|| "ainda sem medida".to_string(), duracao);
    format!(
        "enviadas: {enviados} ({confirmados}; à espera: {pendentes}; \
         retransmitidas: {retransmitidos})\n\
         recebidas: {recebidos} (perdidas: {perdidos}; repetidas: {duplicados}; \
         fora de ordem: {fora_de_ordem})\n\
         descartadas, por não serem da conversa: {descartados}\n\
         ida e volta: {ida_e_volta}"
    )
}

#[cfg(test)]
mod testes {
    use super::*;

    const PERIGO: &str = "\u{1b}[2J\nmentira\u{202e}";

    fn par() -> SocketAddr {
        "127.0.0.1:50001".parse().unwrap()
    }

    #[test]
    fn o_que_o_outro_mandou_nao_faz_linhas_nem_comanda_o_terminal() {
        for frase in [
            recusou(Motivo::Lixo, PERIGO),
            recusado(Motivo::Lixo, PERIGO, par().ip()),
            caiu("Bia", PERIGO),
            sem_resposta(PERIGO),
        ] {
            assert_eq!(frase, visivel(frase.as_bytes()));
            assert!(frase.contains(r"\u{1b}[2J\nmentira"), "{frase}");
        }
    }

    #[test]
    fn o_singular_e_o_plural() {
        assert_eq!(perdidos(1), "… 1 mensagem perdida …");
        assert_eq!(perdidos(2), "… 2 mensagens perdidas …");
        assert_eq!(atrasado("Bia", 1), "Bia (atrasada: 1 passou na frente)");
        assert_eq!(ate_logo("Bia", 1, 0), "Bia recebeu 0 de 1 mensagem");
    }

    #[test]
    fn cada_recusa_diz_o_que_fazer() {
        for motivo in [
            Motivo::Versao,
            Motivo::Estranho,
            Motivo::Ocupado,
            Motivo::Lixo,
            Motivo::Modo,
            Motivo::Espelho,
            Motivo::Demora,
        ] {
            let frase = recusou(motivo, "");
            assert!(frase.matches(". ").count() == 1, "{frase}");
            assert!(!frase.contains('«'), "{frase}");
        }
    }

    #[test]
    fn a_explicacao_do_outro_nao_sai_das_aspas() {
        let frase = recusou(Motivo::Versao, "velho») Rode isto: x («");
        assert!(frase.ends_with("(ele disse: «velho\") Rode isto: x (\"»)"));
        assert_eq!(frase.matches(['«', '»']).count(), 2, "{frase}");
    }

    #[test]
    fn as_estatisticas_tem_unidades_e_virgula() {
        let medidas = Medidas {
            enviados: 12,
            confirmados: 10,
            recebidos: 7,
            ida_e_volta: Some(Duration::from_micros(1234)),
            ..Medidas::default()
        };
        let frase = estatisticas(&medidas, Modo::Tcp, 2);
        assert!(frase.contains("ida e volta: 1,23 ms"), "{frase}");
        assert!(frase.contains("confirmadas: 10; à espera: 2"), "{frase}");
        let sem = estatisticas(&Medidas::default(), Modo::Udp, 0);
        assert!(sem.contains("ainda sem medida"), "{sem}");
        assert!(sem.contains("disse ter recebido: 0"), "{sem}");
    }
}
