//! A conversa de pé: itens, confirmações, perguntas e a despedida, em uma conexão
//! que os dois programas adotaram.
//!
//! O que se deve responder nunca se acumula. Guarda-se só a intenção (há o que
//! confirmar, a última pergunta a responder), e os quadros são montados quando o
//! sistema aceita escrever: um milhão de PINGs de quem não lê custa um PONG. E nunca
//! se deixa de ler por não conseguir escrever, ou dois programas que escrevessem ao
//! mesmo tempo esperariam um pelo outro para sempre.

use std::net::SocketAddr;
use std::time::Instant;

use mio::Registry;

use super::super::presenca::Passo;
use super::super::protocolo::Mensagem;
use super::super::transporte::{Acontecimento, Ouvinte};
use super::conexao::{COTA, Conexao, Leitura};
use super::fim::Fim;
use super::outro::{Nosso, Outro};
use super::prazos::Prazos;

/// Quantos bytes de itens se preparam por vez.
const BLOCO: usize = 64 * 1024;

/// Em que pé está a despedida.
#[derive(Debug, Default)]
struct Despedida {
    /// Mandamos TCHAU.
    nosso_tchau: bool,
    /// Ele respondeu.
    ate_logo_dele: bool,
    /// Ele mandou TCHAU: mandam-se ainda os itens de número menor que este, os que
    /// já estavam digitados.
    tchau_dele: Option<u64>,
    /// Respondemos.
    nosso_ate_logo: bool,
}

/// O começo da conversa, de que a pessoa só sabe quando o outro também a adotou.
#[derive(Debug)]
pub(super) struct Estreia {
    /// Se fomos nós que ligamos.
    pub ligamos: bool,
    /// Se é o programa da última conversa.
    pub voltou: bool,
    /// Se o outro a adotou: mandou ACEITO ou, se o mandamos nós, falou depois dele.
    feita: bool,
}

/// A conversa e a conexão dela.
#[derive(Debug)]
pub(super) struct Conversa {
    pub conexao: Conexao,
    pub outro: Outro,
    pub comecou: Instant,
    pub estreia: Estreia,
    /// Chegaram itens, e ainda não se disse.
    confirmar: bool,
    /// A pergunta a mandar.
    ping: Option<u64>,
    /// A pergunta dele a responder: a última, se vierem muitas.
    pong: Option<u64>,
    despedida: Despedida,
    /// A última vez que um item ou uma confirmação andou.
    progresso: Instant,
}

impl Conversa {
    pub fn nova(
        conexao: Conexao,
        outro: Outro,
        estreia: Estreia,
        agora: Instant,
    ) -> Self {
        Self {
            conexao,
            outro,
            comecou: agora,
            estreia,
            confirmar: false,
            ping: None,
            pong: None,
            despedida: Despedida::default(),
            progresso: agora,
        }
    }

    /// O outro também adotou esta conexão.
    pub fn estrear(&mut self, ouvinte: Ouvinte<'_>) {
        let endereco = self.conexao.endereco;
        self.estreia.fazer(&self.outro, endereco, ouvinte);
    }

    /// Se o outro também adotou esta conexão.
    pub fn estreou(&self) -> bool {
        self.estreia.feita
    }

    /// Lê o que há, até a cota, e trata cada mensagem.
    pub fn receber(
        &mut self,
        nosso: &mut Nosso,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Result<(), Fim> {
        // Com a adoção pode ter vindo mais do que o ACEITO.
        self.tratar(nosso, agora, ouvinte)?;
        for _ in 0..COTA {
            match self.conexao.ler()? {
                Leitura::Bytes => {}
                Leitura::Nada => break,
                Leitura::Fim => return Err(Fim::do_fluxo()),
            }
            self.outro.presenca.ouvir(agora);
            self.tratar(nosso, agora, ouvinte)?;
        }
        Ok(())
    }

    /// Se há bytes por ler que o sistema não vai anunciar de novo.
    pub fn ha_mais(&self) -> bool {
        self.conexao.ha_mais()
    }

    /// Trata os quadros inteiros que estão na entrada.
    fn tratar(
        &mut self,
        nosso: &mut Nosso,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) -> Result<(), Fim> {
        let mut andou = false;
        let endereco = self.conexao.endereco;
        while let Some(corpo) = self.conexao.entrada.proximo()? {
            andou = true;
            let mensagem = Mensagem::decodificar(corpo)?;
            if let Mensagem::Recusa { motivo, explicacao } = mensagem {
                return Err(Fim::Recusou(motivo, explicacao.into()));
            }
            if !self.estreia.feita {
                self.estreia.fazer(&self.outro, endereco, ouvinte);
            }
            match mensagem {
                Mensagem::Item { numero, item }
                    if self.despedida.tchau_dele.is_none() =>
                {
                    nosso.receber(&mut self.outro, numero, item, ouvinte)?;
                    self.confirmar = true;
                    self.progresso = agora;
                }
                Mensagem::Confirma { recebidos } => {
                    if nosso.confirmar(recebidos, ouvinte)? {
                        self.progresso = agora;
                    }
                }
                Mensagem::Ping { marca } => self.pong = Some(marca),
                Mensagem::Pong { marca, .. } => {
                    let presenca = &mut self.outro.presenca;
                    if let Some(demorou) = presenca.responder(marca, agora) {
                        ouvinte(Acontecimento::Eco { demorou });
                    }
                }
                mensagem => {
                    let outro = &self.outro;
                    self.despedida.ouvir(&mensagem, outro, nosso, ouvinte)?;
                    self.progresso = agora;
                }
            }
        }
        self.conexao.contar_quadro(andou, agora);
        Ok(())
    }

    // ANCHOR: mandar
    /// Escreve tudo que o sistema aceitar, um bloco depois do outro.
    pub fn mandar(
        &mut self,
        nosso: &mut Nosso,
        saindo: bool,
        registro: &Registry,
        agora: Instant,
    ) -> Result<(), Fim> {
        while self.conexao.escrever(registro, agora)? {
            self.preparar(nosso, saindo, agora);
            if self.conexao.saida().is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Monta os próximos quadros a escrever: as respostas e, depois delas, os itens.
    fn preparar(&mut self, nosso: &mut Nosso, saindo: bool, agora: Instant) {
        let recebidos = self.outro.recebidos;
        if std::mem::take(&mut self.confirmar) && nosso.confirma {
            let recebidos = self.outro.confirmado;
            self.conexao.dizer(&Mensagem::Confirma { recebidos });
        }
        if let Some(marca) = self.pong.take() {
            self.conexao.dizer(&Mensagem::Pong { marca, recebidos });
        }
        if let Some(marca) = self.ping.take() {
            self.conexao.dizer(&Mensagem::Ping { marca });
        }
        let ate = self.despedida.ultimo_item(nosso);
        nosso.pendentes.copiar(ate, BLOCO, self.conexao.saida());
        if saindo && self.despedida.tchau(nosso) {
            let enviados = nosso.pendentes.proximo();
            self.conexao.dizer(&Mensagem::Tchau { enviados });
            self.progresso = agora;
        }
        if self.despedida.ate_logo(nosso) {
            self.conexao.dizer(&Mensagem::AteLogo { recebidos });
        }
    }
    // ANCHOR_END: mandar

    /// A pessoa quer saber a ida e volta.
    pub fn perguntar(&mut self, agora: Instant) {
        self.outro.presenca.pedir(agora);
    }

    /// Alguém se apresentou como o outro programa em outra conexão: será que esta
    /// ainda vive?
    pub fn desconfiar(&mut self, agora: Instant) {
        self.outro.presenca.desconfiar(agora);
    }

    /// Se a despedida já começou, de um lado ou do outro: o fim já não é uma queda.
    pub fn em_despedida(&self) -> bool {
        self.despedida.nosso_tchau || self.ele_saiu()
    }

    /// Se o outro se despediu.
    pub fn ele_saiu(&self) -> bool {
        self.despedida.tchau_dele.is_some()
    }

    /// Se as despedidas foram todas respondidas.
    pub fn acabou(&self) -> bool {
        self.despedida.acabou()
    }

    /// Faz as perguntas que estão na hora e vê que prazos passaram.
    pub fn despertar(
        &mut self,
        prazos: &Prazos,
        agora: Instant,
    ) -> Result<(), Fim> {
        while let Some(passo) = self.outro.presenca.despertar(agora) {
            match passo {
                Passo::Perguntar { marca } => self.ping = Some(marca),
                Passo::Desistir => return Err(Fim::silencio()),
            }
        }
        self.conexao.vencer(prazos.escrita, prazos.quadro, agora)?;
        if self.em_despedida() && agora >= self.progresso + prazos.despedida {
            let frase = "o outro programa não continuou a despedida";
            return Err(Fim::Acabou(frase.into()));
        }
        Ok(())
    }

    /// Quando chamar [`despertar`](Self::despertar) de novo.
    pub fn proximo_prazo(&self, prazos: &Prazos) -> Instant {
        let presenca = self.outro.presenca.proximo_prazo();
        let conexao = self.conexao.limite(prazos.escrita, prazos.quadro);
        let despedida = self
            .em_despedida()
            .then(|| self.progresso + prazos.despedida);
        let outros = conexao.into_iter().chain(despedida);
        outros.fold(presenca, Instant::min)
    }
}

impl Estreia {
    pub fn nova(ligamos: bool, voltou: bool) -> Self {
        Self {
            ligamos,
            voltou,
            feita: false,
        }
    }

    fn fazer(
        &mut self,
        outro: &Outro,
        endereco: SocketAddr,
        ouvinte: Ouvinte<'_>,
    ) {
        self.feita = true;
        let nome = &outro.nome;
        let voltou = self.voltou;
        ouvinte(Acontecimento::Conectou {
            nome,
            endereco,
            voltou,
        });
    }
}

impl Despedida {
    // ANCHOR: despedir
    /// Se é a hora do nosso TCHAU: tudo que se disse está confirmado.
    fn tchau(&mut self, nosso: &Nosso) -> bool {
        let ja = self.nosso_tchau;
        self.nosso_tchau |= nosso.pendentes.quantos() == 0;
        self.nosso_tchau && !ja
    }

    /// Se é a hora de responder ao TCHAU dele: o que já estava digitado aqui quando
    /// ele o disse está confirmado.
    fn ate_logo(&mut self, nosso: &Nosso) -> bool {
        let ja = self.nosso_ate_logo;
        let entregue = |limite| nosso.pendentes.primeiro() >= limite;
        self.nosso_ate_logo |= self.tchau_dele.is_some_and(entregue);
        self.nosso_ate_logo && !ja
    }

    /// Se não falta responder a nenhum TCHAU.
    fn acabou(&self) -> bool {
        if self.nosso_tchau {
            let devemos = self.tchau_dele.is_some() && !self.nosso_ate_logo;
            self.ate_logo_dele && !devemos
        } else {
            self.nosso_ate_logo
        }
    }
    // ANCHOR_END: despedir

    /// Chegou uma mensagem que, se não for da despedida, está fora de hora.
    fn ouvir(
        &mut self,
        mensagem: &Mensagem<'_>,
        outro: &Outro,
        nosso: &Nosso,
        ouvinte: Ouvinte<'_>,
    ) -> Result<(), Fim> {
        match mensagem {
            Mensagem::Tchau { enviados } if self.tchau_dele.is_none() => {
                if *enviados != outro.esperado {
                    return Err(Fim::lixo(format!(
                        "a despedida conta {enviados} itens, e chegaram {}",
                        outro.esperado
                    )));
                }
                self.tchau_dele = Some(nosso.pendentes.proximo());
                ouvinte(Acontecimento::Saiu);
            }
            Mensagem::AteLogo { .. }
                if self.nosso_tchau && !self.ate_logo_dele =>
            {
                self.ate_logo_dele = true;
            }
            _ => return Err(Fim::fora_de_hora()),
        }
        Ok(())
    }

    /// Antes de que número os itens ainda vão nesta conversa.
    fn ultimo_item(&self, nosso: &Nosso) -> u64 {
        let limite = self.tchau_dele.unwrap_or(u64::MAX);
        if self.nosso_tchau {
            limite.min(nosso.pendentes.enviados())
        } else {
            limite
        }
    }
}
