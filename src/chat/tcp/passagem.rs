//! As conexões que passam de mão em mão: quem liga ou é atendido se cumprimenta, de
//! um cumprimento sai a conversa, e tudo acaba em um fecho.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::super::protocolo::Motivo;
use super::super::transporte::{Acontecimento, Ouvinte};
use super::conexao::Conexao;
use super::conversa::{Conversa, Estreia};
use super::cumprimento::Cumprimento;
use super::escuta::{Chamada, e_de_um_deles};
use super::fechando::Fechando;
use super::fim::{Fim, frase_de_aceitar, frase_de_ligar};
use super::ligar::Ligacao;
use super::outro::{Apresentacao, Outro};
use super::{CUMPRIMENTOS, FECHANDO, Tcp};

/// Quantas conexões se atendem por vez.
const ATENDIMENTOS: usize = 32;

impl Tcp {
    /// Atende quem está na fila da escuta.
    pub(super) fn atender(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        for _ in 0..ATENDIMENTOS {
            match self.escuta.atender(self.prazos.sem_recursos, agora) {
                Chamada::Ligou(socket, de) => {
                    self.atendido(socket, de, agora, ouvinte);
                }
                Chamada::Ninguem => break,
                Chamada::SemRecursos(erro) => {
                    if self.avisos.sem_recursos(agora) {
                        let motivo = &frase_de_aceitar(&erro);
                        ouvinte(Acontecimento::SemResposta { motivo });
                    }
                }
            }
        }
    }

    // ANCHOR: atendido
    /// Alguém ligou. O outro programa é cumprimentado; um estranho, recusado; e uma
    /// multidão, fechada sem resposta.
    fn atendido(
        &mut self,
        socket: TcpStream,
        de: SocketAddr,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let estranho = !e_de_um_deles(de.ip(), self.ligador.enderecos());
        let atendidos = self.cumprimentos.iter().filter(|c| !c.ligamos);
        let multidao = atendidos.count() >= CUMPRIMENTOS;
        let ficha = self.ficha_livre();
        match Conexao::nova(socket, de, ficha, false, &self.registro) {
            Ok(conexao) if estranho => {
                self.recusar_estranho(conexao, agora, ouvinte);
            }
            Ok(conexao) if !multidao => {
                self.cumprimentar(conexao, false, agora);
            }
            _ => self.descartados += 1,
        }
    }
    // ANCHOR_END: atendido

    fn recusar_estranho(
        &mut self,
        mut conexao: Conexao,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        self.descartados += 1;
        let quem = conexao.endereco.ip();
        let frase =
            format!("este chat espera outro endereço, e o seu é {quem}");
        conexao.recusar(Motivo::Estranho, &frase);
        self.fechar(conexao, self.prazos.fechar, false, agora);
        if self.avisos.estranho(quem, agora) {
            ouvinte(Acontecimento::Estranho { quem });
        }
    }

    /// Liga para o outro programa, se está na hora e se não há já conversa, nem
    /// ligação nossa a caminho dela.
    pub(super) fn ligar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        while self.quer_ligar() && self.ligador.na_hora(agora) {
            let ficha = self.ficha_livre();
            let prazo = self.prazos.ligar;
            match self.ligador.ligar(ficha, prazo, &self.registro, agora) {
                Ok(()) => break,
                Err(erro) => {
                    let frase = frase_de_ligar(self.ligador.alvo(), &erro);
                    self.nao_ligou(Some(frase), agora, ouvinte);
                }
            }
        }
    }

    /// Se falta uma conexão, e não há nenhuma nossa a ser cumprimentada.
    pub(super) fn quer_ligar(&self) -> bool {
        self.conversa.is_none()
            && !self.cumprimentos.iter().any(|c| c.ligamos)
            && !self.despedido()
    }

    /// Vê no que deu a ligação.
    pub(super) fn conferir_ligacao(
        &mut self,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let conexao = match self.ligador.conferir(agora) {
            Ligacao::Tentando => return,
            Ligacao::Falhou(erro) => Err(erro),
            Ligacao::Atendeu(socket, ficha, endereco) => {
                Conexao::nova(socket, endereco, ficha, true, &self.registro)
            }
        };
        match conexao {
            Ok(conexao) => self.cumprimentar(conexao, true, agora),
            Err(erro) => {
                let frase = frase_de_ligar(self.ligador.alvo(), &erro);
                self.nao_ligou(Some(frase), agora, ouvinte);
            }
        }
    }

    /// Uma tentativa nossa não deu em conversa.
    fn nao_ligou(
        &mut self,
        frase: Option<String>,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        if let Some(motivo) =
            self.ligador.falhou(frase, &self.prazos, agora).as_deref()
            && self.avisos.sem_resposta(motivo)
        {
            ouvinte(Acontecimento::SemResposta { motivo });
        }
    }

    fn cumprimentar(
        &mut self,
        conexao: Conexao,
        ligamos: bool,
        agora: Instant,
    ) {
        let ate = agora + self.prazos.cumprimento;
        let (nosso, ultimo) = (&self.nosso, self.outro());
        let novo = Cumprimento::novo(conexao, ligamos, ate, nosso, ultimo);
        self.cumprimentos.push(novo);
    }

    /// Lê o que chegou em um cumprimento.
    pub(super) fn continuar(
        &mut self,
        qual: usize,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let conversa = self.conversa.as_ref().map(|c| c.outro.sessao);
        let resultado = self.cumprimentos[qual].receber(&self.nosso, conversa);
        match resultado {
            Ok(false) => {}
            Ok(true) => {
                let cumprimento = self.cumprimentos.remove(qual);
                let Cumprimento { conexao, dele, .. } = cumprimento;
                if let Some(dele) = dele {
                    let ligamos = cumprimento.ligamos;
                    self.adotar(conexao, &dele, ligamos, agora, ouvinte);
                }
            }
            Err(fim) => self.cumprimento_falhou(qual, fim, agora, ouvinte),
        }
    }

    /// Um cumprimento acabou sem conversa.
    pub(super) fn cumprimento_falhou(
        &mut self,
        qual: usize,
        fim: Fim,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let Cumprimento {
            conexao, ligamos, ..
        } = self.cumprimentos.remove(qual);
        self.tentativa_falhou(conexao, ligamos, fim, agora, ouvinte);
    }

    /// Uma conexão não deu em conversa.
    fn tentativa_falhou(
        &mut self,
        conexao: Conexao,
        ligamos: bool,
        fim: Fim,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let mut frase = None;
        match fim {
            Fim::Recusamos(motivo, detalhe) => {
                self.recusar(conexao, motivo, &detalhe, agora);
                if self.avisos.recusado(motivo, agora) {
                    let detalhe = &detalhe;
                    ouvinte(Acontecimento::Recusado { motivo, detalhe });
                }
            }
            Fim::Recusou(motivo, explicacao) => {
                if self.avisos.recusou(motivo) {
                    let explicacao = &explicacao;
                    ouvinte(Acontecimento::Recusou { motivo, explicacao });
                }
            }
            Fim::Acabou(motivo) => frase = Some(motivo),
        }
        if ligamos {
            self.nao_ligou(frase, agora, ouvinte);
        }
    }

    /// Recusa uma conexão que não chegou a conversa. Se é porque já há uma, pergunta
    /// nela se o outro ainda está lá.
    fn recusar(
        &mut self,
        mut conexao: Conexao,
        motivo: Motivo,
        frase: &str,
        agora: Instant,
    ) {
        if motivo == Motivo::Ocupado
            && let Some(conversa) = &mut self.conversa
        {
            conversa.desconfiar(agora);
        }
        conexao.recusar(motivo, frase);
        self.fechar(conexao, self.prazos.fechar, false, agora);
    }

    // ANCHOR: adotar
    /// A conversa é nesta conexão: fecham-se as outras, e retoma-se de onde se
    /// estava, se o programa é o mesmo, ou do começo, se é outro. Se quem escolheu
    /// foi ele, a pessoa já o sabe; senão, só quando ele falar.
    fn adotar(
        &mut self,
        conexao: Conexao,
        dele: &Apresentacao,
        ligamos: bool,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        self.largar_tentativas(agora);
        if let Some(antiga) = self.conversa.take() {
            self.guardar_outro(antiga, agora);
            let motivo = "o outro programa abriu outra conexão";
            ouvinte(Acontecimento::Caiu { motivo });
        }
        let ultimo = self.ultimo.take_if(|u| u.sessao == dele.sessao);
        let estreia = Estreia::nova(ligamos, ultimo.is_some());
        let outro = match ultimo {
            Some(ultimo) => ultimo.de_volta(dele, agora),
            None => Outro::novo(dele, self.prazos.presenca, agora),
        };
        let mut conversa = Conversa::nova(conexao, outro, estreia, agora);
        if dele.sessao > self.nosso.sessao {
            conversa.estrear(ouvinte);
        }
        self.nosso.retomar(dele, ouvinte);
        self.conversa = Some(conversa);
        self.conversar(agora, ouvinte);
    }
    // ANCHOR_END: adotar

    /// Há conversa: as nossas outras tentativas já não servem.
    fn largar_tentativas(&mut self, agora: Instant) {
        self.ligador.largar();
        let (nossas, dele): (Vec<_>, Vec<_>) =
            self.cumprimentos.drain(..).partition(|c| c.ligamos);
        self.cumprimentos = dele;
        for mut nossa in nossas {
            nossa.conexao.recusar(Motivo::Ocupado, "já há uma conversa");
            self.fechar(nossa.conexao, self.prazos.fechar, false, agora);
        }
    }

    /// Lê o que há na conversa.
    pub(super) fn conversar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        if let Some(conversa) = &mut self.conversa
            && let Err(fim) = conversa.receber(&mut self.nosso, agora, ouvinte)
        {
            self.caiu(fim, agora, ouvinte);
        }
    }

    /// Escreve o que a conversa tem a dizer.
    pub(super) fn falar(&mut self, agora: Instant, ouvinte: Ouvinte<'_>) {
        let Some(conversa) = &mut self.conversa else {
            return;
        };
        let (nosso, registro) = (&mut self.nosso, &self.registro);
        match conversa.mandar(nosso, self.saindo, registro, agora) {
            Ok(()) if conversa.acabou() => self.encerrar(agora),
            Ok(()) => {}
            Err(fim) => {
                // O que chegou antes do erro ainda se mostra.
                conversa.conexao.insistir();
                while self.conversa.as_ref().is_some_and(Conversa::ha_mais) {
                    self.conversar(agora, ouvinte);
                }
                self.caiu(fim, agora, ouvinte);
            }
        }
    }

    // ANCHOR: caiu
    /// A conversa acabou sem que as despedidas se completassem. Se alguma já tinha
    /// começado, não há nada a estranhar; e se o outro nem chegou a falar, não houve
    /// conversa.
    pub(super) fn caiu(
        &mut self,
        fim: Fim,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let Some(conversa) = self.conversa.take() else {
            return;
        };
        let esperado = conversa.em_despedida();
        if !conversa.estreou() && !esperado {
            return self.nao_estreou(conversa, fim, agora, ouvinte);
        }
        let mut conexao = self.guardar_outro(conversa, agora);
        match &fim {
            Fim::Recusamos(motivo, detalhe) => {
                conexao.recusar(*motivo, detalhe);
                self.fechar(conexao, self.prazos.fechar, false, agora);
                let motivo = *motivo;
                ouvinte(Acontecimento::Recusado { motivo, detalhe });
            }
            Fim::Recusou(motivo, explicacao) => {
                let motivo = *motivo;
                ouvinte(Acontecimento::Recusou { motivo, explicacao });
            }
            Fim::Acabou(_) => {}
        }
        if !esperado {
            let motivo = fim.frase();
            ouvinte(Acontecimento::Caiu { motivo });
        }
    }
    // ANCHOR_END: caiu

    /// Aceitamos a conexão, e ela acabou antes de o outro dizer alguma coisa: a
    /// última conversa continua a ser a anterior.
    fn nao_estreou(
        &mut self,
        conversa: Conversa,
        fim: Fim,
        agora: Instant,
        ouvinte: Ouvinte<'_>,
    ) {
        let Estreia {
            ligamos, voltou, ..
        } = conversa.estreia;
        if voltou {
            self.ultimo = Some(conversa.outro);
        }
        let conexao = conversa.conexao;
        self.tentativa_falhou(conexao, ligamos, fim, agora, ouvinte);
    }

    /// As despedidas se completaram.
    pub(super) fn encerrar(&mut self, agora: Instant) {
        if let Some(conversa) = self.conversa.take() {
            let ele_saiu = conversa.ele_saiu();
            let conexao = self.guardar_outro(conversa, agora);
            let prazo = if ele_saiu {
                self.prazos.despedida
            } else {
                self.prazos.fechar
            };
            self.fechar(conexao, prazo, true, agora);
        }
    }

    /// Desfaz uma conversa: o que se sabe do outro programa fica, e se volta a
    /// ligar. Devolve a conexão.
    fn guardar_outro(&mut self, conversa: Conversa, agora: Instant) -> Conexao {
        self.avisos.conversou();
        if conversa.ele_saiu() {
            self.avisos.saiu();
        }
        let durou = agora.saturating_duration_since(conversa.comecou);
        self.ligador.recomecar(durou, &self.prazos, agora);
        self.ultimo = Some(conversa.outro);
        conversa.conexao
    }

    /// Espera que o outro lado feche, se houver lugar; senão, é a que espera há mais
    /// tempo que fica sem esperar.
    fn fechar(
        &mut self,
        conexao: Conexao,
        prazo: Duration,
        despedida: bool,
        agora: Instant,
    ) {
        if self.fechando.len() == FECHANDO {
            let sai = self.fechando.iter().position(|f| !f.despedida);
            self.fechando.remove(sai.unwrap_or(0));
        }
        let fechando = Fechando::nova(conexao, agora + prazo, despedida);
        self.fechando.push(fechando);
    }
}
