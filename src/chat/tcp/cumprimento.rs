//! Uma conexão aberta em que os dois programas ainda se apresentam.

use std::time::{Duration, Instant};

use super::super::escolha::{self, Escolha};
use super::super::protocolo::{Mensagem, Modo, Motivo, Sessao};
use super::conexao::{Conexao, Leitura};
use super::fim::{Fim, frase_de_quem_desligou};
use super::outro::{Apresentacao, Nosso, Outro};

/// Um cumprimento a meio.
#[derive(Debug)]
pub(super) struct Cumprimento {
    pub conexao: Conexao,
    /// Se fomos nós que ligamos.
    pub ligamos: bool,
    /// Até quando se espera que acabe.
    pub ate: Instant,
    /// O `proximo` que o nosso OLÁ prometeu.
    prometido: u64,
    /// O OLÁ dele, quando já veio.
    pub dele: Option<Apresentacao>,
}

impl Cumprimento {
    /// Começa por dizer OLÁ, sem esperar o do outro.
    pub fn novo(
        mut conexao: Conexao,
        ligamos: bool,
        ate: Instant,
        nosso: &Nosso,
        ultimo: Option<&Outro>,
    ) -> Self {
        conexao.dizer(&nosso.ola(ultimo));
        Self {
            conexao,
            ligamos,
            ate,
            prometido: nosso.pendentes.primeiro(),
            dele: None,
        }
    }

    /// Lê o que chegou. Devolve se a conversa é nesta conexão; o que vier atrás do
    /// ACEITO fica na entrada, para a conversa.
    pub fn receber(
        &mut self,
        nosso: &Nosso,
        conversa: Option<Sessao>,
    ) -> Result<bool, Fim> {
        loop {
            match self.conexao.ler() {
                Ok(Leitura::Bytes) => {}
                Ok(Leitura::Nada) => return Ok(false),
                Ok(Leitura::Fim) | Err(_) => return Err(self.desligou()),
            }
            while let Some(corpo) = self.conexao.entrada.proximo()? {
                let mensagem = Mensagem::decodificar(corpo)?;
                let escolha =
                    ouvir(&mut self.dele, &mensagem, nosso, conversa)?;
                if self.seguir(escolha, nosso)? {
                    return Ok(true);
                }
            }
        }
    }

    // ANCHOR: seguir
    /// Faz o que a regra do cruzamento manda. Devolve se a conversa é aqui.
    fn seguir(&mut self, escolha: Escolha, nosso: &Nosso) -> Result<bool, Fim> {
        let (motivo, frase) = match escolha {
            Escolha::Esperar => return Ok(false),
            Escolha::Adotar => return self.cumprir(nosso),
            Escolha::Aceitar => {
                self.cumprir(nosso)?;
                self.conexao.dizer(&Mensagem::Aceito);
                return Ok(true);
            }
            Escolha::Ocupado => (Motivo::Ocupado, "já há uma conversa"),
            Escolha::Espelho => (Motivo::Espelho, "é este mesmo programa"),
            Escolha::Lixo => {
                (Motivo::Lixo, "veio um ACEITO de quem não escolhe")
            }
        };
        Err(Fim::Recusamos(motivo, frase.into()))
    }
    // ANCHOR_END: seguir

    /// O outro espera o item do `proximo` do nosso OLÁ ou, se nos conhece, o do
    /// `recebidos` do seu, o que for maior. Se, entretanto, outra conexão entregou
    /// mais do que isso, já não há o que ele espera: aí só um cumprimento novo
    /// serve.
    fn cumprir(&self, nosso: &Nosso) -> Result<bool, Fim> {
        let dele = self.dele.as_ref();
        let conhece = dele.filter(|d| d.conhecida == Some(nosso.sessao));
        let recebidos = conhece.map_or(0, |dele| dele.recebidos);
        if nosso.pendentes.primeiro() <= self.prometido.max(recebidos) {
            return Ok(true);
        }
        let frase = "o cumprimento ficou velho durante a espera";
        Err(Fim::Acabou(frase.into()))
    }

    /// O outro lado fechou a conexão antes da hora.
    pub fn desligou(&self) -> Fim {
        Fim::Acabou(frase_de_quem_desligou(self.conexao.endereco))
    }

    /// O prazo passou.
    pub fn demorou(prazo: Duration) -> Fim {
        let prazo = prazo.as_secs_f64();
        let frase = format!("o cumprimento não acabou em {prazo} s");
        Fim::Recusamos(Motivo::Demora, frase)
    }
}

// ANCHOR: ouvir
/// O que uma mensagem quer dizer antes de haver conversa: primeiro um OLÁ que sirva,
/// depois, de quem escolhe, um ACEITO.
fn ouvir(
    dele: &mut Option<Apresentacao>,
    mensagem: &Mensagem<'_>,
    nosso: &Nosso,
    conversa: Option<Sessao>,
) -> Result<Escolha, Fim> {
    match (mensagem, dele) {
        (Mensagem::Recusa { motivo, explicacao }, _) => {
            Err(Fim::Recusou(*motivo, (*explicacao).into()))
        }
        (Mensagem::Ola { modo, .. }, None) if *modo != Modo::Tcp => {
            let (meu, dele) = (Modo::Tcp.opcao(), modo.opcao());
            let frase =
                format!("o outro chat foi aberto com {dele}, e este com {meu}");
            Err(Fim::Recusamos(Motivo::Modo, frase))
        }
        (ola @ Mensagem::Ola { sessao, .. }, dele @ None) => {
            *dele = Some(apresentar(ola, nosso)?);
            Ok(escolha::ao_cumprimentar(nosso.sessao, *sessao, conversa))
        }
        (Mensagem::Aceito, Some(dele)) => {
            Ok(escolha::ao_ser_aceito(nosso.sessao, dele.sessao, conversa))
        }
        _ => Err(Fim::fora_de_hora()),
    }
}
// ANCHOR_END: ouvir

/// O que se guarda de um OLÁ.
fn apresentar(ola: &Mensagem<'_>, nosso: &Nosso) -> Result<Apresentacao, Fim> {
    let Mensagem::Ola {
        sessao,
        conhecida,
        recebidos,
        proximo,
        nome,
        ..
    } = *ola
    else {
        return Err(Fim::fora_de_hora());
    };
    if conhecida == Some(nosso.sessao)
        && sessao != nosso.sessao
        && recebidos > nosso.pendentes.inedito()
    {
        return Err(Fim::lixo(format!(
            "o cumprimento diz que chegaram {recebidos} itens, e só foram \
             mandados {}",
            nosso.pendentes.inedito()
        )));
    }
    Ok(Apresentacao {
        sessao,
        conhecida,
        recebidos,
        proximo,
        nome: nome.into(),
    })
}
