//! O chat que se ataca, e o que dele tem de continuar de pé depois.

use std::fs::{self, File};
use std::io;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use cena::Teclado;
use provas::porta::livre;
use provas::{Falha, Filho};
use tempfile::TempDir;

use provas::chat::{Chat, Modo, PRAZO, acabou, e_texto, par, so_texto};

/// Quanta memória o chat pode chegar a ocupar, em KiB, compilado sem otimização.
const MEMORIA: u64 = 32 << 10;

/// De quanto em quanto tempo se olha se a porta está livre.
const PASSO: Duration = Duration::from_millis(5);

const CONVERSA: &str = "conversa.txt";
const REGISTRO: &str = "registro.txt";

/// O chat de Ana, à espera de Bia. A conversa vai para um arquivo, e também para o
/// registro; os avisos se esperam em `chat`.
pub struct Alvo {
    pub chat: Filho,
    pub modo: Modo,
    /// A porta do chat.
    pub local: u16,
    /// A porta em que ele espera o par.
    pub porta: u16,
    bia: Chat,
    pasta: TempDir,
}

impl Alvo {
    /// O chat, com um cano na entrada.
    pub fn abrir(modo: Modo) -> Result<Self, Falha> {
        let [ana, bia] = par(modo);
        let pasta = tempfile::tempdir().map_err(|erro| sem_arquivo(&erro))?;
        let registro = pasta.path().join(REGISTRO);
        let ana = ana.com(&["--registro", &registro.to_string_lossy()]);
        let saida = File::create(pasta.path().join(CONVERSA));
        let saida = saida.map_err(|erro| sem_arquivo(&erro))?;
        Self::com([ana, bia], Teclado::Cano, saida.into(), pasta)
    }

    /// O chat, com uma pessoa no terminal, sem registro e com esta saída.
    pub fn com_pessoa(modo: Modo, saida: impl Into<Stdio>) -> Result<Self, Falha> {
        let [ana, bia] = par(modo);
        let pasta = tempfile::tempdir().map_err(|erro| sem_arquivo(&erro))?;
        let ana = ana.com(&["--simples"]);
        Self::com([ana, bia], Teclado::Terminal, saida.into(), pasta)
    }

    fn com(
        [ana, bia]: [Chat; 2],
        teclado: Teclado,
        saida: Stdio,
        pasta: TempDir,
    ) -> Result<Self, Falha> {
        let chat = Filho::separado(ana.nome, ana.comando()?, teclado, saida)?;
        let mut chat = chat.com_prazo(PRAZO);
        chat.esperar_linha_com("à escuta em")?;
        Ok(Self {
            chat,
            modo: ana.modo,
            local: ana.local,
            porta: ana.porta,
            bia,
            pasta,
        })
    }

    /// O que o chat mostrou da conversa.
    pub fn conversa(&self) -> Result<String, Falha> {
        self.ler(CONVERSA)
    }

    /// O que ele registrou.
    pub fn registro(&self) -> Result<String, Falha> {
        self.ler(REGISTRO)
    }

    fn ler(&self, nome: &str) -> Result<String, Falha> {
        fs::read_to_string(self.pasta.path().join(nome)).map_err(|erro| sem_arquivo(&erro))
    }

    /// Depois do ataque: o chat ainda conversa com quem devia, despede-se, e não
    /// inchou nem se deixou comandar.
    pub fn ainda_conversa(mut self) -> Result<(), Falha> {
        self.conversar_com_bia()?;
        conferir_memoria(&self.chat)?;
        self.chat.fechar_entrada();
        acabou(&mut self.chat, 0)?;
        self.conferir()
    }

    /// Bia, que é honesta, abre, conversa e sai.
    pub fn conversar_com_bia(&mut self) -> Result<(), Falha> {
        esperar_a_porta(self.modo, self.porta)?;
        let mut bia = self.bia.abrir()?;
        bia.esperar_linha_com("conectado com Ana, em 127.0.0.1:")?;
        self.chat
            .esperar_linha_com("conectado com Bia, em 127.0.0.1:")?;
        self.chat.escrever("oi, Bia honesta\n");
        bia.esperar_linha_com("Ana: oi, Bia honesta")?;
        bia.escrever("oi, Ana\n");
        bia.fechar_entrada();
        self.chat.esperar_linha_com("Bia saiu")?;
        acabou(&mut bia, 0)?;
        for texto in [self.conversa()?, self.registro()?] {
            if !texto.contains(" Bia: oi, Ana\n") {
                return Err(self.chat.falha("não mostrou o que Bia disse"));
            }
        }
        Ok(())
    }

    /// O que foi mostrado e registrado é só texto.
    pub fn conferir(&self) -> Result<(), Falha> {
        so_texto(&self.chat)?;
        for (onde, texto) in [
            ("na saída", self.conversa()?),
            ("no registro", self.registro()?),
        ] {
            if let Some(linha) = texto.lines().find(|linha| !e_texto(linha)) {
                let linha = sockets::visivel(linha.as_bytes());
                return Err(self.chat.falha(&format!("pôs {onde} {linha}")));
            }
        }
        Ok(())
    }
}

/// Em UDP quem ataca e Bia usam, um depois do outro, a mesma porta. Um processo que
/// outra prova esteja abrindo pode ter ainda, por um instante, uma cópia do socket.
pub fn esperar_a_porta(modo: Modo, porta: u16) -> Result<(), Falha> {
    let limite = Instant::now() + PRAZO;
    while modo != "tcp" && !livre(porta) {
        if Instant::now() >= limite {
            return Err(Falha::nova("a porta do par não ficou livre"));
        }
        thread::sleep(PASSO);
    }
    Ok(())
}

/// O mais que o chat já ocupou não passa do limite (`proc_pid_status(5)`).
pub fn conferir_memoria(chat: &Filho) -> Result<(), Falha> {
    let Ok(situacao) = fs::read_to_string(format!("/proc/{}/status", chat.pid())) else {
        // Só o Linux conta assim.
        return Ok(());
    };
    let maior = situacao
        .lines()
        .find_map(|linha| linha.strip_prefix("VmHWM:"));
    let maior = maior.and_then(|resto| resto.trim().strip_suffix(" kB"));
    let maior = maior.and_then(|kib| kib.trim().parse::<u64>().ok());
    match maior {
        Some(kib) if kib <= MEMORIA => Ok(()),
        outro => Err(chat.falha(&format!("chegou a ocupar {outro:?} KiB"))),
    }
}

fn sem_arquivo(erro: &io::Error) -> Falha {
    Falha::nova(format!("não há onde guardar o que o chat mostra: {erro}"))
}
