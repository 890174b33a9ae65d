//! A linha de situação: quem está do outro lado e como vai a conversa.

use super::super::Situacao;
use super::editor::largura_de;
use crate::chat::protocolo::Modo;
use crate::chat::unidades::duracao;
use crate::visivel;

/// O que separa uma parte da outra.
const SEPARADOR: &str = " · ";

/// O que se sabe da conversa, em partes. As de número maior saem primeiro quando a
/// tela é estreita.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resumo(Vec<(u8, String)>);

impl Resumo {
    /// As partes de um retrato da conversa, na ordem em que aparecem.
    pub(super) fn de(situacao: &Situacao<'_>) -> Self {
        let endereco = situacao.endereco;
        let mut partes = match situacao.outro {
            Some(nome) => {
                vec![(0, visivel(nome.as_bytes())), (5, endereco.to_string())]
            }
            None => vec![
                (0, "sem conversa".into()),
                (4, format!("à procura de {endereco}")),
            ],
        };
        partes.push((2, nome_do(situacao.modo).into()));
        let medido = situacao.outro.and(situacao.ida_e_volta);
        if let Some(tempo) = medido {
            partes.push((3, format!("ida e volta {}", duracao(tempo))));
        }
        let (perdidos, ao_todo) = situacao.perdidos;
        if situacao.modo == Modo::Udp && ao_todo > 0 {
            partes.push((1, format!("{perdidos} de {ao_todo} perdidas")));
        }
        if let Some(quantas) = situacao.pendentes.filter(|quantas| *quantas > 0)
        {
            partes.push((1, format!("{quantas} à espera")));
        }
        Self(partes)
    }

    /// O que cabe em `largura` colunas.
    pub(super) fn em(&self, largura: usize) -> String {
        let mut partes: Vec<&(u8, String)> = self.0.iter().collect();
        loop {
            let textos: Vec<&str> =
                partes.iter().map(|(_, texto)| texto.as_str()).collect();
            let texto = textos.join(SEPARADOR);
            let sai =
                partes.iter().enumerate().max_by_key(|(_, parte)| parte.0);
            match sai {
                Some((qual, _))
                    if partes.len() > 1 && largura_de(&texto) > largura =>
                {
                    partes.remove(qual);
                }
                _ => return texto,
            }
        }
    }
}

fn nome_do(modo: Modo) -> &'static str {
    match modo {
        Modo::Tcp => "TCP",
        Modo::Udp => "UDP",
        Modo::UdpConfiavel => "UDP confiável",
    }
}

#[cfg(test)]
mod testes {
    use std::time::Duration;

    use super::*;

    fn situacao(modo: Modo, outro: Option<&str>) -> Situacao<'_> {
        Situacao {
            modo,
            outro,
            endereco: "127.0.0.1:50001".parse().unwrap(),
            ida_e_volta: Some(Duration::from_micros(430)),
            pendentes: Some(2),
            perdidos: (3, 40),
        }
    }

    #[test]
    fn o_que_nao_cabe_sai_por_ordem_de_importancia() {
        let resumo = Resumo::de(&situacao(Modo::Tcp, Some("Bia")));
        let inteira =
            "Bia · 127.0.0.1:50001 · TCP · ida e volta 430 µs · 2 à espera";
        for (largura, esperado) in [
            (80, inteira),
            (59, "Bia · TCP · ida e volta 430 µs · 2 à espera"),
            (30, "Bia · TCP · 2 à espera"),
            (20, "Bia · 2 à espera"),
            (3, "Bia"),
            (0, "Bia"),
        ] {
            assert_eq!(resumo.em(largura), esperado, "{largura}");
        }
    }

    #[test]
    fn cada_protocolo_mostra_o_que_e_dele() {
        let udp = Situacao {
            pendentes: None,
            ..situacao(Modo::Udp, None)
        };
        let texto = Resumo::de(&udp).em(200);
        assert!(
            texto.starts_with(
                "sem conversa · à procura de 127.0.0.1:50001 · UDP"
            )
        );
        assert!(texto.ends_with("3 de 40 perdidas"), "{texto}");
    }

    #[test]
    fn o_nome_do_outro_nao_manda_no_terminal() {
        let texto =
            Resumo::de(&situacao(Modo::UdpConfiavel, Some("\u{1b}c"))).em(9);
        assert_eq!(texto, r"\u{1b}c");
    }
}
