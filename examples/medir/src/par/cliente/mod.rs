//! `medir cliente`: o lado que mede, mostra e guarda.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`roteiro`] | o que se mede, em que ordem e por quanto tempo |
//! | [`ligacao`] | a conexão de controle, a porta UDP e as de dados |
//! | [`medida`] | uma medida, do pedido às opiniões |
//! | [`linhas`](mod@linhas) | o que vai para a tabela |
//! | [`quadros`] | o que se mostra no fim |

pub mod ligacao;
pub mod linhas;
pub mod medida;
pub mod quadros;
pub mod roteiro;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use sockets::chat::interrupcao::Interrompido;
use sockets::chat::par;

use self::ligacao::{Ligacao, SemLigacao};
use self::linhas::{Rodada, linhas, vazao_mbits};
use self::medida::{Medida, Visto};
use self::roteiro::{Ensaio, Forma, Roteiro, Sabido};
use super::falha::Falha;
use super::opcoes::{CLIENTE, Cliente};
use super::protocolo::{Mensagem, Protocolo, Sentido};
use crate::ambiente::Ambiente;
use crate::consumo::Consumo;
use crate::interrupcao::Interrupcao;
use crate::plano::semente_do_passo;
use crate::programa::{avisar_do_que_atrapalha, pasta_de_agora};
use crate::progresso::{Previsao, Progresso, tempo};
use crate::resultados::Linha;
use crate::resultados::diario::{Registro, Situacao};
use crate::resultados::disco::visivel;
use crate::resultados::pasta::Pasta;
use crate::resultados::relatorio::relatar;

/// Mede a rede até o servidor, mostra o que mediu e guarda tudo.
///
/// # Errors
/// [`sockets::ErroDeUso`] quando o endereço não serve, [`Interrompido`] quando alguém
/// pediu para parar, ou o que não deixou medir.
pub fn medir(opcoes: &Cliente) -> Result<()> {
    // A porta local é qualquer uma: 0.
    let servidor = par::descobrir(&opcoes.ip, opcoes.porta, 0)?.par;
    let interrupcao = Interrupcao::vigiar()
        .context("não foi possível passar a tratar o Ctrl-C")?;
    crate::cpu::relogio_fino()
        .context("não foi possível afinar o despertador da thread")?;
    avisar_do_que_atrapalha();
    let parar = || interrupcao.pedida();
    let mut ligacao = Ligacao::abrir(servidor, &parar)
        .map_err(|sem| sem_ligacao(servidor, sem))?;
    let caminho = opcoes
        .resultados
        .clone()
        .unwrap_or_else(|| pasta_de_agora(CLIENTE));
    let rede = format!("a que há até {servidor}");
    let roteiro = &opcoes.roteiro;
    let mut ambiente =
        Ambiente::sem_laboratorio(&comando(roteiro), roteiro.semente, &rede);
    let pasta = Pasta::criar(&caminho, &ambiente.texto())?;
    eprintln!(
        "medindo até {servidor}, em cerca de {}",
        tempo(roteiro.estimativa())
    );
    let mut medicao = Medicao::nova(pasta, roteiro, ligacao.ida_e_volta);
    let fim = medicao.medir(&mut ligacao, roteiro);
    ambiente.acabar_sessao(!matches!(fim, Ok(None)));
    let guardado = medicao.pasta.guardar_ambiente(&ambiente.texto());
    let fim = fim?;
    guardado?;
    medicao.mostrar(&caminho)?;
    // Se o servidor já não ouve, não há a quem dizer.
    let _ = ligacao.canal.despedir(&despedida(fim.as_ref()));
    match fim {
        None => Ok(()),
        Some(Falha::Interrompido) => Err(Interrompido.into()),
        Some(falha) => Err(anyhow!(
            "a medição parou no meio: {falha}{}",
            falha.conselho()
        )),
    }
}

/// O que muda o que se mede, como se escreve na linha de comando.
fn comando(roteiro: &Roteiro) -> String {
    let lista = |campo: fn(&Forma) -> u32| {
        let mut vistos = Vec::new();
        for valor in roteiro.formas.iter().map(campo) {
            if !vistos.contains(&valor) {
                vistos.push(valor);
            }
        }
        let textos: Vec<String> =
            vistos.iter().map(ToString::to_string).collect();
        textos.join(",")
    };
    let so = roteiro
        .so
        .as_ref()
        .map(|so| format!(" --so {}", so.join(",")));
    format!(
        "{CLIENTE}{} --rodadas {} --semente {} --tamanho {} --ritmo {} --quantos {}",
        so.unwrap_or_default(),
        roteiro.rodadas,
        roteiro.semente,
        lista(|forma| forma.tamanho),
        lista(|forma| forma.ritmo),
        lista(|forma| forma.quantos),
    )
}

/// A última coisa que se diz ao servidor.
fn despedida(fim: Option<&Falha>) -> Mensagem {
    match fim.and_then(Falha::motivo) {
        None => Mensagem::Tchau,
        Some(motivo) => Mensagem::Recusa {
            motivo,
            explicacao: String::new(),
        },
    }
}

fn sem_ligacao(servidor: SocketAddr, sem: SemLigacao) -> anyhow::Error {
    let tentativa = format!("não foi possível medir com {servidor}");
    match sem {
        SemLigacao::Sistema(erro) => anyhow::Error::new(erro)
            .context(format!("não foi possível ligar para {servidor}")),
        SemLigacao::Falha(Falha::Interrompido) => Interrompido.into(),
        SemLigacao::Falha(falha) => {
            anyhow!("{tentativa}: {falha}{}", falha.conselho())
        }
    }
}

/// Uma medição que se está fazendo.
struct Medicao {
    pasta: Pasta,
    progresso: Progresso,
    sabido: Sabido,
    linhas: Vec<Linha>,
    experimento: u32,
}

/// Por que nada se mede por UDP quando os datagramas não passam.
const SEM_UDP: &str = "nenhum datagrama foi e voltou: veja se a porta está aberta \
     também em UDP, no firewall do servidor e no que houver no caminho";

impl Medicao {
    fn nova(
        pasta: Pasta,
        roteiro: &Roteiro,
        maior_ida_e_volta: Duration,
    ) -> Self {
        let mut previsao = Previsao::default();
        for rodada in 1..=roteiro.rodadas {
            let rodada = da_rodada(roteiro, rodada);
            for ensaio in roteiro.rodada(rodada.semente) {
                previsao.acrescentar(CLIENTE, ensaio.estimativa());
            }
        }
        Self {
            pasta,
            progresso: Progresso::novo(previsao),
            sabido: Sabido {
                maior_ida_e_volta,
                ..Sabido::default()
            },
            linhas: Vec::new(),
            experimento: 0,
        }
    }

    /// Faz todas as rodadas, e devolve o que as fez parar antes do fim.
    fn medir(
        &mut self,
        ligacao: &mut Ligacao<'_>,
        roteiro: &Roteiro,
    ) -> Result<Option<Falha>> {
        for rodada in 1..=roteiro.rodadas {
            let rodada = da_rodada(roteiro, rodada);
            let enchimento = super::enchimento(rodada.semente);
            for ensaio in roteiro.rodada(rodada.semente) {
                let falha =
                    self.ensaiar(ligacao, rodada, &ensaio, &enchimento)?;
                if falha.is_some() {
                    self.progresso.fim();
                    return Ok(falha);
                }
            }
        }
        self.progresso.fim();
        Ok(None)
    }

    /// Faz um ensaio e guarda o que ele deu; devolve o que acaba com a medição.
    fn ensaiar(
        &mut self,
        ligacao: &mut Ligacao<'_>,
        rodada: Rodada,
        ensaio: &Ensaio,
        enchimento: &[u8],
    ) -> Result<Option<Falha>> {
        let chave =
            format!("{CLIENTE} {} rodada={}", ensaio.chave(), rodada.numero);
        let mut registro = Registro {
            experimento: CLIENTE.into(),
            chave,
            situacao: Situacao::Feito,
            levou_s: 0.0,
            estimativa_s: ensaio.estimativa().as_secs_f64(),
            outros_programas: None,
            linhas: BTreeMap::new(),
            motivo: String::new(),
        };
        if ensaio.protocolo() == Protocolo::Udp && !ligacao.caminho {
            return self.nao_medido(registro, SEM_UDP).map(|()| None);
        }
        self.progresso
            .comecar(CLIENTE, &registro.chave, ensaio.estimativa());
        self.experimento += 1;
        let consumo = Consumo::ler();
        let inicio = Instant::now();
        let medida = medida::medir(
            ligacao,
            self.experimento,
            ensaio,
            &self.sabido,
            enchimento,
        );
        registro.levou_s = inicio.elapsed().as_secs_f64();
        registro.outros_programas = consumo
            .zip(Consumo::ler())
            .and_then(|(antes, depois)| antes.outros_programas_ate(&depois));
        self.progresso.acabar();
        match medida {
            Ok(medida) => {
                self.aprender(ensaio, &medida);
                let linhas = linhas(rodada, ensaio, &medida);
                self.pasta.guardar(registro, &linhas)?;
                self.linhas.extend(linhas);
                Ok(None)
            }
            Err(Falha::Interrompido) => Ok(Some(Falha::Interrompido)),
            Err(falha) => {
                self.nao_medido(registro, &falha.to_string())?;
                Ok(Some(falha))
            }
        }
    }

    fn nao_medido(
        &mut self,
        mut registro: Registro,
        motivo: &str,
    ) -> Result<()> {
        registro.situacao = Situacao::NaoMedido;
        registro.motivo = motivo.into();
        self.pasta.guardar(registro, &[])
    }

    /// O que esta medida ensina às próximas.
    fn aprender(&mut self, ensaio: &Ensaio, medida: &Medida) {
        if let Visto::Respostas(respostas) = &medida.visto {
            let maior = respostas.maior().unwrap_or(Duration::ZERO);
            let sabida = &mut self.sabido.maior_ida_e_volta;
            *sabida = maior.max(*sabida);
        }
        if let (Ensaio::Vazao(Protocolo::Tcp, sentido), Visto::Bytes { .. }) =
            (ensaio, &medida.visto)
        {
            self.sabido.vazao[Sabido::lugar(*sentido)] =
                vazao_crivel(*sentido, medida);
        }
    }

    fn mostrar(&self, caminho: &Path) -> Result<()> {
        for linha in quadros::mostrar(&self.linhas) {
            println!("{linha}");
        }
        for linha in relatar(caminho, self.pasta.registros())? {
            println!("{linha}");
        }
        println!("\nTabela em {}", visivel(caminho));
        Ok(())
    }
}

/// A vazão que decide quanto se oferece em datagramas: se é o servidor quem a diz, não
/// mais do que daqui saiu.
fn vazao_crivel(sentido: Sentido, medida: &Medida) -> Option<f64> {
    let vazao = vazao_mbits(medida)?;
    match (&medida.visto, sentido) {
        (Visto::Bytes { envio, .. }, Sentido::Ida) => {
            let saiu = linhas::mbits(envio.bytes, envio.intervalo_ns)?;
            Some(vazao.min(saiu))
        }
        _ => Some(vazao),
    }
}

fn da_rodada(roteiro: &Roteiro, numero: u32) -> Rodada {
    let chave = format!("{CLIENTE} rodada={numero}");
    Rodada {
        numero,
        semente: semente_do_passo(roteiro.semente, &chave),
    }
}
