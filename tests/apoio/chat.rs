//! O chat do livro: quem fala com quem, em que modo, e o que ele mostrou.

use std::process::Command;
use std::time::Duration;

use crate::{Falha, Filho, exemplo, porta_livre};
use cena::Teclado;
use libtest_mimic::{Failed, Trial};

/// Quanto se espera por qualquer coisa: a máquina pode estar ocupada com outros.
pub const PRAZO: Duration = Duration::from_secs(60);

/// O modo da conversa, como se escreve na linha de comando.
pub type Modo = &'static str;

/// Todos os modos.
pub const MODOS: [Modo; 3] = ["tcp", "udp", "udp-confiavel"];

/// Os modos em que nada se perde.
pub const CONFIAVEIS: [Modo; 2] = ["tcp", "udp-confiavel"];

/// O que é preciso para abrir um chat.
#[derive(Debug, Clone)]
pub struct Chat {
    /// Quem está nele.
    pub nome: &'static str,
    /// Em que modo.
    pub modo: Modo,
    /// A porta dele.
    pub local: u16,
    /// A porta do outro.
    pub porta: u16,
    opcoes: Vec<String>,
}

/// Ana e Bia, cada uma com a porta da outra.
#[must_use]
pub fn par(modo: Modo) -> [Chat; 2] {
    let portas = [porta_livre(), porta_livre()];
    [("Ana", 0), ("Bia", 1)].map(|(nome, qual)| Chat {
        nome,
        modo,
        local: portas[qual],
        porta: portas[1 - qual],
        opcoes: Vec::new(),
    })
}

impl Chat {
    /// O mesmo, com estas opções a mais.
    #[must_use]
    pub fn com(mut self, opcoes: &[&str]) -> Self {
        self.opcoes.extend(opcoes.iter().map(|o| (*o).to_string()));
        self
    }

    /// O comando, para quem o roda de outro jeito.
    ///
    /// # Errors
    /// Quando o exemplo não compila, ou quando o processo não começa.
    pub fn comando(&self) -> Result<Command, Falha> {
        let mut comando = Command::new(exemplo("chat")?);
        comando
            .args(["--ip", "127.0.0.1", "--protocolo", self.modo])
            .args(["--porta-local", &self.local.to_string()])
            .args(["--porta", &self.porta.to_string()])
            .args(["--nome", self.nome])
            .args(&self.opcoes);
        Ok(comando)
    }

    /// Abre o chat, com um cano na entrada.
    ///
    /// # Errors
    /// Quando o exemplo não compila, ou quando o processo não começa.
    pub fn abrir(&self) -> Result<Filho, Falha> {
        Ok(Filho::rodar(self.nome, self.comando()?)?.com_prazo(PRAZO))
    }

    /// Abre o chat e espera que ele escute na sua porta.
    ///
    /// # Errors
    /// Quando o exemplo não compila, ou quando o processo não começa.
    pub fn abrir_e_esperar(&self) -> Result<Filho, Falha> {
        let mut chat = self.abrir()?;
        chat.esperar_linha_com("à escuta em")?;
        Ok(chat)
    }

    /// Abre o chat com uma pessoa no terminal; só onde há terminais de mentira.
    ///
    /// # Errors
    /// Quando o exemplo não compila, ou quando o processo não começa.
    pub fn com_pessoa(&self) -> Result<Filho, Falha> {
        let comando = self.clone().com(&["--simples"]).comando()?;
        let chat = Filho::com_teclado(self.nome, comando, Teclado::Terminal)?;
        Ok(chat.com_prazo(PRAZO))
    }
}

/// Espera que os dois se digam conectados.
///
/// # Errors
/// Quando o prazo de um deles acaba antes.
pub fn conectados(ana: &mut Filho, bia: &mut Filho) -> Result<(), Falha> {
    ana.esperar_linha_com("conectado com Bia")?;
    bia.esperar_linha_com("conectado com Ana")?;
    Ok(())
}

/// O que o chat mostrou que `quem` disse, linha a linha.
#[must_use]
pub fn ditas(chat: &Filho, quem: &str) -> Vec<String> {
    let tudo = chat.tudo();
    let textos = tudo.lines().filter_map(|linha| sem_comeco(linha, quem));
    textos.map(str::to_string).collect()
}

/// O texto de uma linha `[14:03:11] Bia: oi`, se é de `quem`.
#[must_use]
pub fn sem_comeco<'l>(linha: &'l str, quem: &str) -> Option<&'l str> {
    let (hora, resto) = linha.split_at_checked(11)?;
    let texto = resto.strip_prefix(quem)?.strip_prefix(": ")?;
    let modelo = "[00:00:00] ".chars();
    let e_hora = modelo
        .zip(hora.chars())
        .all(|(modelo, letra)| letra == modelo || (modelo == '0' && letra.is_ascii_digit()));
    e_hora.then_some(texto)
}

/// Espera que o chat acabe com `codigo`, e confere que só mostrou texto.
///
/// # Errors
/// Quando acaba com outro, quando não acaba ou quando mostrou outra coisa.
pub fn acabou(chat: &mut Filho, codigo: i32) -> Result<(), Falha> {
    match chat.esperar_fim()? {
        certo if certo == codigo => so_texto(chat),
        outro => Err(chat.falha(&format!("acabou com {outro}, e não com {codigo}"))),
    }
}

/// Confere que nada do que o chat mostrou comanda um terminal.
///
/// # Errors
/// Quando há algo que um terminal obedeceria, ou que não é UTF-8.
pub fn so_texto(chat: &Filho) -> Result<(), Falha> {
    let tudo = chat.tudo();
    // Do que passa do que se guarda, a última linha fica pela metade.
    let inteiras = tudo.rsplit_once('\n').map_or("", |(inteiras, _)| inteiras);
    if inteiras.split('\n').all(e_texto) && !inteiras.contains('\u{fffd}') {
        return Ok(());
    }
    Err(chat.falha("mostrou o que um terminal obedece"))
}

/// Se uma linha só tem o que se vê.
#[must_use]
pub fn e_texto(linha: &str) -> bool {
    sockets::visivel(linha.as_bytes()) == linha
}

/// Uma prova com este nome.
pub fn prova(
    nome: impl Into<String>,
    roda: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::test(nome, move || roda().map_err(Failed::from))
}
