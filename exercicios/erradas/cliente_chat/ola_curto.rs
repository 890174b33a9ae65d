//! Corta os campos do OLÁ sem ver se o corpo chega até lá.
//!
//! diagnostico: panico

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

const MAIOR_QUADRO: usize = 1100;
const MAIOR_TEXTO: usize = 1000;
const MAIOR_NOME: usize = 96;
/// O silêncio que derruba uma conversa.
const SILENCIO: Duration = Duration::from_secs(15);

/// O que acontece: as duas threads que leem só produzem isto.
enum Evento {
    Digitou(Vec<u8>),
    FimDaEntrada,
    Chegou(Vec<u8>),
    FimDaConexao(Option<String>),
}

struct Conversa {
    conexao: TcpStream,
    sessao: u64,
    /// O nome de quem está do outro lado, depois do OLÁ dele.
    nome: Option<String>,
    /// Se a conexão já foi adotada: até lá, só o cumprimento passa.
    adotada: bool,
    /// As linhas digitadas antes disso.
    espera: Vec<Vec<u8>>,
    enviados: u64,
    confirmados: u64,
    esperado: u64,
    entrada_acabou: bool,
    disse_tchau: bool,
    ouviu_tchau: bool,
    /// Se respondi ao TCHAU do outro, e se ele respondeu ao meu.
    respondi: bool,
    responderam: bool,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "NOME"])?;
    let destino = argumentos.destino()?;
    let nome = argumentos.texto(1).unwrap_or("Ana");
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;
    conexao.set_read_timeout(Some(SILENCIO))?;
    conexao.set_write_timeout(Some(SILENCIO))?;

    let (eventos, chegadas) = mpsc::channel();
    let (da_rede, do_teclado) = (eventos.clone(), eventos);
    let leitura = conexao.try_clone()?;
    thread::spawn(move || ler_rede(leitura, &da_rede));
    thread::spawn(move || ler_teclado(&do_teclado));

    let mut conversa = Conversa::nova(conexao);
    conversa.cumprimentar(nome)?;
    // Uma thread presa no teclado não segura ninguém: ela morre com o processo.
    for evento in chegadas {
        if conversa.tratar(evento)? {
            return Ok(());
        }
    }
    bail!("ninguém mais produz eventos")
}

fn ler_teclado(eventos: &Sender<Evento>) {
    for linha in io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let _ = eventos.send(Evento::Digitou(linha));
    }
    let _ = eventos.send(Evento::FimDaEntrada);
}

fn ler_rede(conexao: TcpStream, eventos: &Sender<Evento>) {
    let mut entrada = BufReader::new(conexao);
    loop {
        let evento = match ler_quadro(&mut entrada) {
            Ok(Some(corpo)) => Evento::Chegou(corpo),
            Ok(None) => Evento::FimDaConexao(None),
            Err(erro) => Evento::FimDaConexao(Some(format!("{erro:#}"))),
        };
        let acabou = matches!(evento, Evento::FimDaConexao(_));
        if eventos.send(evento).is_err() || acabou {
            return;
        }
    }
}

fn ler_quadro(entrada: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    if entrada.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut tamanho = [0; 2];
    entrada.read_exact(&mut tamanho)?;
    let tamanho = usize::from(u16::from_be_bytes(tamanho));
    ensure!(
        (1..=MAIOR_QUADRO).contains(&tamanho),
        "veio um quadro de {tamanho} bytes"
    );
    let mut corpo = vec![0; tamanho];
    entrada.read_exact(&mut corpo)?;
    Ok(Some(corpo))
}

impl Conversa {
    fn nova(conexao: TcpStream) -> Self {
        Self {
            conexao,
            // O dispersor da std parte de um número sorteado; o 1 garante que não é 0.
            sessao: RandomState::new().build_hasher().finish() | 1,
            nome: None,
            adotada: false,
            espera: Vec::new(),
            enviados: 0,
            confirmados: 0,
            esperado: 0,
            entrada_acabou: false,
            disse_tchau: false,
            ouviu_tchau: false,
            respondi: false,
            responderam: false,
        }
    }

    /// O OLÁ vai logo, sem esperar o do outro.
    fn cumprimentar(&mut self, nome: &str) -> Result<()> {
        let mut campos = vec![1, 1]; // versão 1, modo tcp
        campos.extend(self.sessao.to_be_bytes());
        campos.extend([0; 24]); // conhecida, recebidos, proximo: acabei de abrir
        campos.extend(nome.as_bytes());
        self.mandar(1, &campos)
    }

    /// Trata um evento, e diz se a conversa acabou bem.
    fn tratar(&mut self, evento: Evento) -> Result<bool> {
        match evento {
            Evento::Digitou(linha) => self.espera.push(linha),
            Evento::FimDaEntrada => self.entrada_acabou = true,
            Evento::Chegou(corpo) => self.chegou(&corpo)?,
            Evento::FimDaConexao(_) if self.respondi => return Ok(true),
            Evento::FimDaConexao(None) => {
                bail!("o outro lado fechou sem se despedir")
            }
            Evento::FimDaConexao(Some(motivo)) => {
                bail!("a conversa caiu: {motivo}")
            }
        }
        if self.adotada && !self.disse_tchau && !self.ouviu_tchau {
            for linha in std::mem::take(&mut self.espera) {
                self.mandar_item(&linha)?;
            }
        }
        let tudo_confirmado = self.adotada && self.confirmados == self.enviados;
        if tudo_confirmado && self.ouviu_tchau && !self.respondi {
            self.respondi = true;
            self.mandar(9, &self.esperado.to_be_bytes())?;
        }
        if tudo_confirmado && self.entrada_acabou && !self.disse_tchau && !self.ouviu_tchau {
            self.disse_tchau = true;
            self.mandar(8, &self.enviados.to_be_bytes())?;
        }
        // Quem só respondeu espera que o outro feche.
        Ok(self.responderam && (self.respondi || !self.ouviu_tchau))
    }

    fn mandar_item(&mut self, linha: &[u8]) -> Result<()> {
        let texto = String::from_utf8_lossy(linha.strip_suffix(b"\r").unwrap_or(linha));
        ensure!(
            texto.len() <= MAIOR_TEXTO,
            "a linha passa de {MAIOR_TEXTO} bytes"
        );
        let campos = [&self.enviados.to_be_bytes()[..], &[0], texto.as_bytes()].concat();
        self.mandar(4, &campos)?;
        self.enviados += 1;
        Ok(())
    }

    fn chegou(&mut self, corpo: &[u8]) -> Result<()> {
        let (tipo, campos) = corpo.split_first().context("veio um corpo vazio")?;
        match (tipo, &self.nome, self.adotada) {
            (3, ..) => {
                let explicacao = campos.get(1..).unwrap_or_default();
                bail!("o outro lado recusou: {}", sockets::visivel(explicacao))
            }
            (1, None, _) => self.ola(campos),
            (2, Some(_), false) => self.adotar(),
            (4, _, true) if !self.ouviu_tchau => self.item(campos),
            (5, _, true) => {
                let recebidos = numero(campos)?;
                ensure!(recebidos <= self.enviados, "confirmaram o que não mandei");
                self.confirmados = self.confirmados.max(recebidos);
                Ok(())
            }
            (6, _, true) => {
                let campos = [numero(campos)?.to_be_bytes(), self.esperado.to_be_bytes()];
                self.mandar(7, &campos.concat())
            }
            (7, _, true) => {
                ensure!(campos.len() == 16, "o PONG não tem o tamanho certo");
                Ok(())
            }
            (8, _, true) if !self.ouviu_tchau => {
                ensure!(
                    numero(campos)? == self.esperado,
                    "faltaram itens antes do TCHAU"
                );
                self.ouviu_tchau = true;
                println!("{} saiu.", self.nome.as_deref().unwrap_or_default());
                Ok(())
            }
            (9, _, true) if self.disse_tchau => {
                numero(campos)?;
                self.responderam = true;
                Ok(())
            }
            _ => bail!("veio uma mensagem do tipo {tipo} fora de hora"),
        }
    }

    fn ola(&mut self, campos: &[u8]) -> Result<()> {
        // versão e modo, sessão, três números que só importam a quem volta, e o nome.
        let ([1, 1], resto) = campos.split_at(2) else {
            bail!("o outro lado fala outra versão, ou em outro modo");
        };
        let (dele, nome) = resto.split_at(32);
        let dele = numero(&dele[..8])?;
        ensure!(
            dele != 0 && dele != self.sessao,
            "a sessão do OLÁ não serve"
        );
        ensure!(
            (1..=MAIOR_NOME).contains(&nome.len()) && str::from_utf8(nome).is_ok(),
            "o nome do OLÁ não serve"
        );
        self.nome = Some(sockets::visivel(nome).to_string());
        if self.sessao > dele {
            // O árbitro sou eu.
            self.mandar(2, &[])?;
            self.adotar()?;
        }
        Ok(())
    }

    fn adotar(&mut self) -> Result<()> {
        self.adotada = true;
        println!(
            "Conversando com {}.",
            self.nome.as_deref().unwrap_or_default()
        );
        // O outro lado só conta com a conversa quando ouve algo.
        self.mandar(6, &[0; 8])
    }

    fn item(&mut self, campos: &[u8]) -> Result<()> {
        let (cabeca, texto) = campos.split_at_checked(9).context("ITEM cortado")?;
        let este = numero(&cabeca[..8])?;
        ensure!(
            este <= self.esperado,
            "um item se perdeu, e o TCP não perde nada"
        );
        if este == self.esperado {
            ensure!(
                cabeca[8] == 0 && texto.len() <= MAIOR_TEXTO,
                "o ITEM não serve"
            );
            ensure!(
                str::from_utf8(texto).is_ok(),
                "veio um texto que não é UTF-8"
            );
            let nome = self.nome.as_deref().unwrap_or_default();
            println!("{nome}: {}", sockets::visivel(texto));
            self.esperado += 1;
        }
        // Só depois de mostrar; e o repetido também se confirma.
        self.mandar(5, &self.esperado.to_be_bytes())
    }

    fn mandar(&mut self, tipo: u8, campos: &[u8]) -> Result<()> {
        let tamanho = u16::try_from(1 + campos.len())?.to_be_bytes();
        let quadro = [&tamanho[..], &[tipo], campos].concat();
        self.conexao
            .write_all(&quadro)
            .context("não foi possível mandar")
    }
}

fn numero(campos: &[u8]) -> Result<u64> {
    let campos = campos
        .try_into()
        .context("a mensagem não tem o tamanho certo")?;
    Ok(u64::from_be_bytes(campos))
}
