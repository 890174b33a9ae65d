//! Quem pergunta e mede quanto a resposta demora. As perguntas saem nos instantes
//! marcados, haja ou não resposta às de antes: quem esperasse por ela deixaria de
//! perguntar justamente quando a rede vai mal.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use sockets::medir::contagem::Chegada;
use sockets::medir::sonda::Sonda;

use super::canal::{OLHADA, PRAZO, Vigia, esperar, passageiro};
use super::datagrama;
use super::descartes::sem_buffer;
use super::emissao::{ATRASO, Contas, Emissao};
use super::falha::Falha;
use super::protocolo::limites::MAIOR_TAMANHO;
use super::protocolo::{Chegadas, Envio, Sessao};
use super::recepcao::{Conta, buffer};
use super::ritmo::{Ronda, nanossegundos};
use crate::espera::{gravavel, legivel};
use crate::experimentos::datagramas::agenda::Agenda;

/// O que se soube perguntando.
#[derive(Debug)]
pub struct Respostas {
    /// As perguntas.
    pub envio: Envio,
    /// As respostas.
    pub chegadas: Chegadas,
    /// Quanto demorou cada resposta, da pergunta até ela.
    pub demoras: Vec<Duration>,
    /// Respostas que ninguém podia ter dado: a perguntas que ainda não se fizeram, ou
    /// com outra hora dentro.
    pub impossiveis: u64,
}

impl Respostas {
    /// A maior demora.
    #[must_use]
    pub fn maior(&self) -> Option<Duration> {
        self.demoras.iter().max().copied()
    }
}

/// As perguntas que se fizeram e as respostas que vieram.
struct Placar {
    inicio: Instant,
    /// Quando saiu cada pergunta, em nanossegundos desde o início.
    saidas: Vec<u64>,
    demoras: Vec<Duration>,
    conta: Conta,
    impossiveis: u64,
}

impl Placar {
    fn novo(emissao: &Emissao<'_>) -> Result<Self, Falha> {
        Ok(Self {
            inicio: Instant::now(),
            saidas: Vec::new(),
            demoras: Vec::new(),
            conta: Conta::nova(&emissao.serie)?,
            impossiveis: 0,
        })
    }

    /// Voltou uma sonda. A hora que vem nela tem de ser a que se pôs: quem responde não
    /// sabe a das que ainda não ouviu.
    fn voltou(&mut self, sonda: &Sonda, bytes: usize, agora: Instant) {
        let qual = usize::try_from(sonda.numero).ok();
        let saida = qual.and_then(|qual| self.saidas.get(qual));
        if saida != Some(&sonda.enviada_ns) {
            self.impossiveis += 1;
            return;
        }
        let chegada = self.conta.chegou(sonda, bytes, agora);
        if matches!(chegada, Chegada::EmOrdem | Chegada::Ultrapassada) {
            let volta = nanossegundos(agora - self.inicio);
            self.demoras
                .push(Duration::from_nanos(volta - sonda.enviada_ns));
        }
    }

    fn fechar(self, contas: Contas) -> Respostas {
        Respostas {
            envio: contas.envio,
            chegadas: self.conta.fechar(),
            demoras: self.demoras,
            impossiveis: self.impossiveis,
        }
    }
}

/// Pergunta por datagramas, e espera pelas últimas respostas tanto quanto diz a série.
///
/// # Errors
/// O que a vigia achou, ou o que o sistema respondeu.
pub fn por_datagramas(
    emissao: &Emissao<'_>,
    vigia: Vigia<'_>,
) -> Result<Respostas, Falha> {
    let socket = emissao.socket;
    let mut placar = Placar::novo(emissao)?;
    let antes = sem_buffer(socket);
    let mut contas = Contas::default();
    let mut ronda = Ronda::nova();
    let mut agenda = Agenda::nova(placar.inicio, emissao.serie.ritmo);
    let mut datagrama = emissao.datagrama();
    let prazo = placar.inicio + emissao.serie.duracao() + ATRASO;
    for _ in 0..emissao.serie.quantos {
        let marcado = agenda.proximo(Instant::now());
        if marcado >= prazo {
            break;
        }
        ouvir_ate(marcado, &mut ronda, vigia, |falta| {
            ouvir_datagramas(emissao, &mut placar, falta)
        })?;
        let agora = Instant::now();
        let enviada_ns = nanossegundos(agora - placar.inicio);
        Sonda {
            experimento: emissao.experimento,
            numero: contas.envio.enviados,
            enviada_ns,
        }
        .escrever(&mut datagrama);
        if socket.send(&datagrama).is_ok() {
            contas.saiu(datagrama.len(), agora);
            placar.saidas.push(enviada_ns);
        } else {
            contas.envio.erros += 1;
        }
    }
    let fim = Instant::now() + emissao.serie.escoamento();
    ouvir_ate(fim, &mut ronda, vigia, |falta| {
        ouvir_datagramas(emissao, &mut placar, falta)
    })?;
    contas.envio.remarcados = agenda.remarcados();
    let mut respostas = placar.fechar(contas);
    respostas.chegadas.sem_buffer = antes
        .zip(sem_buffer(socket))
        .map(|(antes, depois)| depois.wrapping_sub(antes));
    respostas.chegadas.buffer = buffer(socket);
    Ok(respostas)
}

/// Chama `ouvir`, que espera no máximo tanto quanto se lhe diz, até `instante`.
fn ouvir_ate(
    instante: Instant,
    ronda: &mut Ronda,
    vigia: Vigia<'_>,
    mut ouvir: impl FnMut(Duration) -> Result<(), Falha>,
) -> Result<(), Falha> {
    loop {
        let agora = Instant::now();
        ronda.passar(agora, vigia)?;
        let falta = instante.saturating_duration_since(agora);
        if falta.is_zero() {
            return Ok(());
        }
        ouvir(falta.min(OLHADA))?;
    }
}

fn ouvir_datagramas(
    emissao: &Emissao<'_>,
    placar: &mut Placar,
    falta: Duration,
) -> Result<(), Falha> {
    if !esperar(legivel(emissao.socket, falta))? {
        return Ok(());
    }
    let mut datagrama = [0; MAIOR_TAMANHO as usize + 1];
    let Ok(lidos) = emissao.socket.recv(&mut datagrama) else {
        // Um aviso de que algo não chegou: a falta da resposta já o conta.
        return Ok(());
    };
    let agora = Instant::now();
    let sonda = datagrama::ler(&datagrama[..lidos], emissao.sessao)
        .filter(|sonda| sonda.experimento == emissao.experimento)
        .filter(|_| lidos == emissao.serie.tamanho as usize);
    if let Some(sonda) = sonda {
        placar.voltou(&sonda, lidos, agora);
    }
    Ok(())
}

/// Pergunta por uma conexão, que não bloqueia e em que o outro lado devolve tudo, e
/// espera por todas as respostas. `emissao` diz o que se pergunta; o socket dela não se
/// usa.
///
/// # Errors
/// [`Falha::OutraCoisa`] se o que volta não é o que se mandou, o que a vigia achou, ou o
/// que o sistema respondeu.
pub fn por_conexao(
    conexao: &TcpStream,
    emissao: &Emissao<'_>,
    vigia: Vigia<'_>,
) -> Result<Respostas, Falha> {
    let mut eco = Eco {
        conexao,
        mensagem: emissao.datagrama(),
        volta: Vec::new(),
        placar: Placar::novo(emissao)?,
        sessao: emissao.sessao,
        experimento: emissao.experimento,
        acabou: false,
    };
    let mut contas = Contas::default();
    let mut ronda = Ronda::nova();
    let mut agenda = Agenda::nova(eco.placar.inicio, emissao.serie.ritmo);
    let prazo = eco.placar.inicio + emissao.serie.duracao() + ATRASO;
    for _ in 0..emissao.serie.quantos {
        let marcado = agenda.proximo(Instant::now());
        if marcado >= prazo || eco.acabou {
            break;
        }
        ouvir_ate(marcado, &mut ronda, vigia, |falta| eco.ouvir(falta))?;
        if !eco.perguntar(&mut contas, prazo, &mut ronda, vigia)? {
            break;
        }
    }
    // Se o outro lado já fechou, é o que se vê ao ouvir.
    let _ = conexao.shutdown(Shutdown::Write);
    let fim = Instant::now() + PRAZO;
    while !eco.acabou && Instant::now() < fim {
        ronda.passar(Instant::now(), vigia)?;
        eco.ouvir(OLHADA)?;
    }
    contas.envio.remarcados = agenda.remarcados();
    Ok(eco.placar.fechar(contas))
}

/// Perguntas e respostas por uma conexão.
struct Eco<'a> {
    conexao: &'a TcpStream,
    mensagem: Vec<u8>,
    /// O que já voltou da resposta que ainda não está inteira.
    volta: Vec<u8>,
    placar: Placar,
    sessao: Sessao,
    experimento: u32,
    /// O outro lado não manda mais nada.
    acabou: bool,
}

impl Eco<'_> {
    /// Manda uma pergunta inteira; `false` se o outro lado já não ouve.
    fn perguntar(
        &mut self,
        contas: &mut Contas,
        prazo: Instant,
        ronda: &mut Ronda,
        vigia: Vigia<'_>,
    ) -> Result<bool, Falha> {
        let agora = Instant::now();
        let enviada_ns = nanossegundos(agora - self.placar.inicio);
        Sonda {
            experimento: self.experimento,
            numero: contas.envio.enviados,
            enviada_ns,
        }
        .escrever(&mut self.mensagem);
        // A resposta pode vir antes que o `write` volte.
        self.placar.saidas.push(enviada_ns);
        let mut ido = 0;
        while ido < self.mensagem.len() {
            match (&*self.conexao).write(&self.mensagem[ido..]) {
                Ok(0) => return Ok(false),
                Ok(escritos) => ido += escritos,
                Err(erro) if passageiro(&erro) => {
                    let agora = Instant::now();
                    ronda.passar(agora, vigia)?;
                    if agora >= prazo {
                        contas.envio.erros += 1;
                        return Ok(false);
                    }
                    self.ouvir(Duration::ZERO)?;
                    esperar(gravavel(self.conexao, OLHADA))?;
                }
                Err(erro) => {
                    return match Falha::da_conexao("perguntar", erro) {
                        Falha::Fechou => Ok(false),
                        outra => Err(outra),
                    };
                }
            }
        }
        contas.saiu(ido, agora);
        Ok(true)
    }

    /// Ouve por no máximo `falta`.
    fn ouvir(&mut self, falta: Duration) -> Result<(), Falha> {
        if self.acabou {
            std::thread::sleep(falta);
            return Ok(());
        }
        if !esperar(legivel(self.conexao, falta))? {
            return Ok(());
        }
        let mut bytes = [0; MAIOR_TAMANHO as usize];
        let cabem = self.mensagem.len() - self.volta.len();
        match (&*self.conexao).read(&mut bytes[..cabem]) {
            Ok(0) => self.acabou = true,
            Ok(lidos) => {
                self.volta.extend_from_slice(&bytes[..lidos]);
                if self.volta.len() == self.mensagem.len() {
                    self.resposta(Instant::now())?;
                }
            }
            Err(erro) if passageiro(&erro) => {}
            Err(erro) => match Falha::da_conexao("ouvir o eco", erro) {
                Falha::Fechou => self.acabou = true,
                outra => return Err(outra),
            },
        }
        Ok(())
    }

    /// Uma resposta inteira: a sonda, que muda, e o resto, que tem de ser igual.
    fn resposta(&mut self, agora: Instant) -> Result<(), Falha> {
        let depois = sockets::medir::sonda::MENOR_PACOTE;
        let sonda = datagrama::ler(&self.volta, self.sessao)
            .filter(|sonda| sonda.experimento == self.experimento)
            .filter(|_| self.volta[depois..] == self.mensagem[depois..]);
        let sonda = sonda.ok_or(Falha::OutraCoisa)?;
        self.placar.voltou(&sonda, self.volta.len(), agora);
        self.volta.clear();
        Ok(())
    }
}

#[cfg(test)]
mod testes {
    use super::super::protocolo::Serie;
    use super::*;
    use std::net::UdpSocket;

    fn placar() -> Placar {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Placar::novo(&Emissao {
            socket: &socket,
            sessao: Sessao(1),
            experimento: 1,
            serie: Serie {
                quantos: 3,
                tamanho: 32,
                ritmo: 1,
                escoar_ms: 0,
            },
            enchimento: &[0; 32],
        })
        .unwrap()
    }

    fn sonda(numero: u64, enviada_ns: u64) -> Sonda {
        Sonda {
            experimento: 1,
            numero,
            enviada_ns,
        }
    }

    #[test]
    fn uma_resposta_so_vale_a_pergunta_que_ja_se_fez_e_uma_vez() {
        let mut placar = placar();
        let agora = placar.inicio + Duration::from_micros(500);
        placar.voltou(&sonda(0, 0), 32, agora);
        assert_eq!((placar.impossiveis, placar.demoras.len()), (1, 0));
        placar.saidas.extend([100_000, 200_000]);
        for (numero, hora) in [(0, 99_999), (1, 100_000), (2, 0), (9, 0)] {
            placar.voltou(&sonda(numero, hora), 32, agora);
        }
        assert_eq!((placar.impossiveis, placar.demoras.len()), (5, 0));
        placar.voltou(&sonda(1, 200_000), 32, agora);
        placar.voltou(&sonda(1, 200_000), 32, agora);
        placar.voltou(&sonda(0, 100_000), 32, agora);
        let respostas = placar.fechar(Contas::default());
        let micros = Duration::from_micros;
        assert_eq!(respostas.demoras, [micros(300), micros(400)]);
        assert_eq!(respostas.maior(), Some(micros(400)));
        assert_eq!(respostas.chegadas.unicos, 2);
        assert_eq!(respostas.chegadas.repetidos, 1);
        assert_eq!(respostas.chegadas.ultrapassados, 1);
    }
}
