//! Conta à pessoa o que acontece: cada acontecimento vira uma linha da conversa ou
//! um aviso, no terminal e no registro.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use super::frases;
use super::nome;
use super::protocolo::{Item, Modo};
use super::registro::Registro;
use super::relogio::Relogio;
use super::terminal::{Situacao, Terminal};
use super::transporte::{Acontecimento, Transporte};
use crate::visivel;

/// O que o laço precisa saber do que aconteceu.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Novidades {
    /// O outro se despediu.
    pub saiu: bool,
    /// A conversa começou, ou algo nosso foi entregue.
    pub progrediu: bool,
}

/// Quem conta.
pub struct Narrador {
    terminal: Box<dyn Terminal>,
    registro: Option<Registro>,
    relogio: Relogio,
    par: SocketAddr,
    /// O nosso nome.
    nosso: String,
    /// O nome que o outro disse, se já disse algum.
    dito: Option<String>,
    /// O nome do outro, pronto para o terminal; o endereço, antes do primeiro.
    outro: String,
    /// Se a linha do outro continua no próximo texto.
    aberta: bool,
    /// Se a nossa linha continua no próximo texto que se registrar.
    nossa_aberta: bool,
    /// O que já se juntou de uma linha que não foi entregue.
    nao_entregue: String,
    nao_entregues: u64,
    novidades: Novidades,
}

impl Narrador {
    /// Um narrador da conversa com `par`, ainda sem nada contado.
    #[must_use]
    pub fn novo(
        terminal: Box<dyn Terminal>,
        registro: Option<Registro>,
        par: SocketAddr,
        agora: Instant,
    ) -> Self {
        Self {
            terminal,
            registro,
            relogio: Relogio::novo(agora),
            par,
            nosso: String::new(),
            dito: None,
            outro: par.to_string(),
            aberta: false,
            nossa_aberta: false,
            nao_entregue: String::new(),
            nao_entregues: 0,
            novidades: Novidades::default(),
        }
    }

    /// Acerta a hora das próximas linhas.
    pub fn acertar(&mut self, agora: Instant) {
        self.relogio.acertar(agora);
    }

    /// O nosso nome, daqui em diante: o do outro não se pode confundir com ele.
    pub fn chamar_nos(&mut self, nome: &str) {
        nome.clone_into(&mut self.nosso);
        if let Some(dito) = &self.dito {
            self.outro = nome::do_outro(dito, nome);
        }
    }

    fn chamar_o_outro(&mut self, nome: &str) {
        self.outro = nome::do_outro(nome, &self.nosso);
        self.dito = Some(nome.to_string());
    }

    /// O que houve desde a última vez que se perguntou.
    pub fn novidades(&mut self) -> Novidades {
        std::mem::take(&mut self.novidades)
    }

    /// Quantas linhas nossas não foram entregues.
    #[must_use]
    pub fn nao_entregues(&self) -> u64 {
        self.nao_entregues
    }

    /// O nome do outro, pronto para o terminal.
    #[must_use]
    pub fn outro(&self) -> &str {
        &self.outro
    }

    // ANCHOR: contar
    /// Conta um acontecimento da rede.
    pub fn contar(&mut self, acontecimento: Acontecimento<'_>) {
        match acontecimento {
            // Quase tudo é texto, e vem um milhão de vezes.
            Acontecimento::Texto { texto, continua } => {
                self.recebido(texto, continua);
            }
            outro => self.anunciar(outro),
        }
    }

    #[cold]
    fn anunciar(&mut self, acontecimento: Acontecimento<'_>) {
        use Acontecimento as A;
        match acontecimento {
            // Este não sai de `contar`.
            A::Texto { .. } => {}
            A::Entregue { ate } => {
                self.novidades.progrediu = true;
                self.terminal.entregue(ate);
            }
            A::Atrasado { texto, passaram } => self.atrasado(texto, passaram),
            A::Perdidos { quantos } => {
                self.fechar_a_linha();
                self.aviso(&frases::perdidos(quantos));
            }
            A::Conectou {
                nome,
                endereco,
                voltou,
            } => {
                self.novidades.progrediu = true;
                if !voltou {
                    self.fechar_a_linha();
                }
                self.chamar_o_outro(nome);
                self.aviso(&frases::conectou(&self.outro, endereco, voltou));
            }
            A::NovoNome { nome } => {
                let antes = std::mem::take(&mut self.outro);
                self.chamar_o_outro(nome);
                self.aviso(&format!("{antes} agora se chama {}", self.outro));
            }
            A::Caiu { motivo } => {
                self.aviso(&frases::caiu(&self.outro, motivo));
            }
            A::Saiu => {
                self.fechar_a_linha();
                self.novidades.saiu = true;
            }
            A::AteLogo {
                enviados,
                recebidos,
            } => self.ate_logo(enviados, recebidos),
            A::NaoEntregue { numero, item } => {
                // O nome novo só interessava a quem não vai mais recebê-lo.
                if let Item::Texto { texto, continua } = item {
                    self.nao_entregue(Some(numero), texto, continua);
                }
            }
            A::Eco { demorou } => {
                self.aviso(&frases::eco(&self.outro, demorou));
            }
            A::Estranho { quem } => {
                self.aviso(&frases::estranho(quem, self.par.ip()));
            }
            A::Recusou { motivo, explicacao } => {
                self.aviso(&frases::recusou(motivo, explicacao));
            }
            A::Recusado { motivo, detalhe } => {
                let frase = frases::recusado(motivo, detalhe, self.par.ip());
                self.aviso(&frase);
            }
            A::SemResposta { motivo } => {
                self.aviso(&frases::sem_resposta(motivo));
            }
            A::Dificuldade { motivo } => self.aviso(motivo),
        }
    }
    // ANCHOR_END: contar

    /// Conta algo que não veio da rede.
    pub fn aviso(&mut self, texto: &str) {
        self.terminal.aviso(self.relogio.hora(), texto);
        if let Some(registro) = &mut self.registro {
            registro.aviso((self.relogio.data(), self.relogio.hora()), texto);
        }
    }

    /// Uma linha que a pessoa digitou foi guardada para ser mandada; `numero` é o do
    /// último item dela.
    pub fn enviado(&mut self, numero: u64, nome: &str, linha: &str) {
        let hora = self.relogio.hora();
        self.terminal.enviado(numero, hora, nome, linha);
        self.registrar(nome, linha, false);
    }

    /// Acrescenta ao registro, e só a ele, algo que dissemos.
    pub fn registrar(&mut self, nome: &str, texto: &str, continua: bool) {
        if let Some(registro) = &mut self.registro {
            let quando = (self.relogio.data(), self.relogio.hora());
            registro.dito(quando, nome, texto, self.nossa_aberta);
            self.nossa_aberta = continua;
        }
    }

    /// Um texto nosso que não vai ser entregue. A linha só é dita, e contada, quando
    /// vem o último pedaço dela.
    pub fn nao_entregue(
        &mut self,
        numero: Option<u64>,
        texto: &str,
        continua: bool,
    ) {
        self.nao_entregue.push_str(texto);
        if continua {
            return;
        }
        let linha = std::mem::take(&mut self.nao_entregue);
        let hora = self.relogio.hora();
        self.nao_entregues += 1;
        self.terminal.nao_entregue(numero, hora, &linha);
        if let Some(registro) = &mut self.registro {
            let aviso = format!("não entregue: {}", visivel(linha.as_bytes()));
            registro.aviso((self.relogio.data(), hora), &aviso);
        }
    }

    /// Não vem mais nada: fecha o que ficou pela metade.
    pub fn acabar(&mut self) {
        self.fechar_a_linha();
        if !self.nao_entregue.is_empty() {
            self.nao_entregue(None, "", false);
        }
    }

    /// Mostra como está a conversa, onde há lugar para isso.
    pub fn situacao(&mut self, modo: Modo, transporte: &dyn Transporte) {
        let medidas = transporte.medidas();
        let confirma = modo != Modo::Udp;
        self.terminal.situacao(&Situacao {
            modo,
            outro: transporte.conversando().then_some(&self.outro),
            endereco: self.par,
            ida_e_volta: medidas.ida_e_volta,
            pendentes: confirma.then(|| transporte.pendentes()),
            perdidos: (medidas.perdidos, medidas.perdidos + medidas.recebidos),
        });
    }

    /// Põe à vista, e no registro, o que se contou.
    ///
    /// # Errors
    /// Quando não se consegue escrever na saída. Um registro que falha não é um
    /// erro: a conversa segue sem ele.
    pub fn descarregar(&mut self) -> io::Result<()> {
        let falha = self.registro.as_mut().and_then(Registro::descarregar);
        if let Some(falha) = falha {
            self.aviso(&falha);
        }
        self.terminal.descarregar()
    }

    /// O terminal, para as teclas dele.
    #[cfg(feature = "tela")]
    pub fn terminal(&mut self) -> &mut dyn Terminal {
        self.terminal.as_mut()
    }

    fn recebido(&mut self, texto: &str, continua: bool) {
        let (hora, e_resto) = (self.relogio.hora(), self.aberta);
        self.terminal.recebido(hora, &self.outro, texto, continua);
        self.aberta = continua;
        if let Some(registro) = &mut self.registro {
            let quando = (self.relogio.data(), hora);
            registro.dito(quando, &self.outro, texto, e_resto);
        }
    }

    fn atrasado(&mut self, texto: &str, passaram: u64) {
        self.fechar_a_linha();
        let quem = frases::atrasado(&self.outro, passaram);
        let (data, hora) = (self.relogio.data(), self.relogio.hora());
        self.terminal.recebido(hora, &quem, texto, false);
        if let Some(registro) = &mut self.registro {
            registro.dito((data, hora), &quem, texto, false);
        }
    }

    /// O resto da linha não vem, ou não vem já a seguir: o que vier é outra.
    fn fechar_a_linha(&mut self) {
        if std::mem::take(&mut self.aberta) {
            let hora = self.relogio.hora();
            self.terminal.recebido(hora, &self.outro, "", false);
        }
    }

    fn ate_logo(&mut self, enviados: u64, recebidos: u64) {
        if recebidos < enviados {
            self.nao_entregues += enviados - recebidos;
            let frase = frases::ate_logo(&self.outro, enviados, recebidos);
            self.aviso(&frase);
        }
    }
}
