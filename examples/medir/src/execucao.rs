//! Fazer os passos do plano, um a um, e guardar cada um assim que acaba.

use std::time::Instant;

use anyhow::Result;

use crate::ambiente::{SEM_OTIMIZACAO, otimizado};
use crate::consumo::Consumo;
use crate::interrupcao::Interrupcao;
use crate::laboratorio::Laboratorio;
use crate::plano::{Parte, Plano, semente_do_passo};
use crate::progresso::{Previsao, Progresso, tempo};
use crate::resultados::diario::{Registro, Situacao};
use crate::resultados::pasta::Pasta;
use crate::resultados::{self, Contexto, Linha, Passo, Valor};

/// A coluna que diz por que um número não vale.
const RESSALVA: &str = "ressalva";

/// Como a execução acabou.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fim {
    /// Todos os passos foram tentados.
    Completa,
    /// Alguém pediu para parar.
    Interrompida,
}

/// Faz os passos de `plano` que ainda não estão em `pasta`.
///
/// # Errors
/// O que o disco não deixou guardar. Um passo que não pôde ser medido não é um erro:
/// fica no diário, com o motivo.
pub fn executar(
    plano: Plano,
    laboratorio: &Laboratorio,
    pasta: &mut Pasta,
    interrupcao: &Interrupcao,
) -> Result<Fim> {
    let feitos = pasta.feitos();
    let falta = |passo: &Passo| !feitos.contains(&passo.chave);
    let mut previsao = Previsao::default();
    for parte in &plano.partes {
        for passo in parte.passos.iter().filter(|passo| falta(passo)) {
            previsao.acrescentar(parte.experimento, passo.estimativa);
        }
    }
    let progresso = Progresso::novo(previsao);
    for parte in plano.partes {
        let de = Sessao {
            laboratorio,
            interrupcao,
            progresso: &progresso,
            semente: plano.semente,
        };
        let parte = Parte {
            passos: parte.passos.into_iter().filter(falta).collect(),
            ..parte
        };
        let fim = de.fazer(parte, pasta);
        if !matches!(fim, Ok(Fim::Completa)) {
            progresso.fim();
            return fim;
        }
    }
    progresso.fim();
    Ok(Fim::Completa)
}

/// O que os passos de uma execução têm em comum.
struct Sessao<'s> {
    laboratorio: &'s Laboratorio,
    interrupcao: &'s Interrupcao,
    progresso: &'s Progresso,
    semente: u64,
}

impl Sessao<'_> {
    /// Faz os passos de um experimento.
    fn fazer(&self, parte: Parte, pasta: &mut Pasta) -> Result<Fim> {
        let experimento = parte.experimento;
        let total = parte.passos.len();
        let comeco = Instant::now();
        let (mut acabados, mut nao_medidos) = (0, 0);
        let mut fim = Fim::Completa;
        for passo in parte.passos {
            let chave = passo.chave.clone();
            self.progresso
                .comecar(experimento, &chave, passo.estimativa);
            let feito = self.passo(experimento, passo);
            self.progresso.acabar();
            let Some((registro, linhas)) = feito else {
                fim = Fim::Interrompida;
                break;
            };
            acabados += 1;
            nao_medidos +=
                usize::from(registro.situacao == Situacao::NaoMedido);
            pasta.guardar(registro, &linhas)?;
        }
        if acabados > 0 || fim == Fim::Interrompida {
            let quantos = if acabados < total {
                format!("{acabados} de {}", resultados::passos(total))
            } else {
                resultados::passos(total)
            };
            let falhas = match nao_medidos {
                0 => String::new(),
                1 => ", 1 não medido".to_string(),
                n => format!(", {n} não medidos"),
            };
            let levou = tempo(comeco.elapsed());
            self.progresso
                .dizer(&format!("{experimento}: {quantos} em {levou}{falhas}"));
        }
        Ok(fim)
    }

    /// Faz um passo; `None` se alguém pediu para parar antes que ele acabasse.
    fn passo(
        &self,
        experimento: &'static str,
        passo: Passo,
    ) -> Option<(Registro, Vec<Linha>)> {
        if self.interrupcao.pedida() {
            return None;
        }
        let contexto = Contexto {
            laboratorio: self.laboratorio,
            semente: semente_do_passo(self.semente, &passo.chave),
            interrompido: &|| self.interrupcao.pedida(),
        };
        let consumo = Consumo::ler();
        let comeco = Instant::now();
        let resultado = (passo.fazer)(&contexto);
        let levou = comeco.elapsed();
        let outros = consumo.zip(Consumo::ler());
        let mut registro = Registro {
            experimento: experimento.into(),
            chave: passo.chave,
            situacao: Situacao::Feito,
            levou_s: levou.as_secs_f64(),
            estimativa_s: passo.estimativa.as_secs_f64(),
            outros_programas: outros.and_then(|(antes, depois)| {
                antes.outros_programas_ate(&depois)
            }),
            linhas: std::collections::BTreeMap::new(),
            motivo: String::new(),
        };
        match resultado {
            Ok(linhas) => {
                let linhas = linhas.into_iter().map(com_ressalva_se_preciso);
                Some((registro, linhas.collect()))
            }
            // O pedido para parar também faz falhar a chamada de sistema que estava no
            // meio: um erro depois dele não diz nada da rede.
            Err(_) if self.interrupcao.pedida() => None,
            Err(erro) => {
                registro.situacao = Situacao::NaoMedido;
                registro.motivo = format!("{erro:#}");
                Some((registro, Vec::new()))
            }
        }
    }
}

/// Sem otimização, nenhuma medida vale.
fn com_ressalva_se_preciso(linha: Linha) -> Linha {
    if otimizado() {
        linha
    } else {
        com_ressalva(linha, SEM_OTIMIZACAO)
    }
}

/// A linha, com `ressalva` a mais na coluna dela, se a tabela tem essa coluna.
fn com_ressalva(mut linha: Linha, ressalva: &str) -> Linha {
    for (nome, valor) in &mut linha.campos {
        if *nome == RESSALVA {
            *valor = Valor::Texto(match valor {
                Valor::Texto(antes) if !antes.is_empty() => {
                    format!("{antes}; {ressalva}")
                }
                _ => ressalva.to_string(),
            });
        }
    }
    linha
}

#[cfg(test)]
mod testes {
    use super::*;

    fn linha(ressalva: Option<&str>) -> Linha {
        let mut campos = vec![("rodada", Valor::Inteiro(1))];
        campos.extend(ressalva.map(|r| (RESSALVA, Valor::Texto(r.into()))));
        Linha {
            tabela: "perda",
            campos,
        }
    }

    #[test]
    fn uma_ressalva_se_junta_a_que_ja_ha() {
        for (antes, depois) in [
            (None, None),
            (Some(""), Some("sem otimização")),
            (
                Some("quadros grandes"),
                Some("quadros grandes; sem otimização"),
            ),
        ] {
            let marcada = com_ressalva(linha(antes), "sem otimização");
            assert_eq!(marcada, linha(depois));
        }
    }
}
