//! O exercício `connect`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::apoio::acaba_bem;
use crate::par::desta_maquina;
use crate::{Escuta, Falha, Ninguem, PACIENCIA, Processo, Programa, Resultado, exigir};

/// Quantas conexões se tentam para encher uma fila em que, pelo pedido, não cabe nenhuma.
const TENTATIVAS: usize = 16;

/// Até quando é “pouco depois” de um prazo de 300 ms.
const POUCO_DEPOIS: Duration = Duration::from_secs(2);

/// Quantas vezes se repete o silêncio, se o programa tarda.
const RODADAS: u32 = 3;

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    conecta(programa)?;
    recusada(programa)?;
    // Onde o sistema não deixa fazer um silêncio de verdade, não se confere.
    if let Some(mudo) = Mudo::novo()? {
        resposta_tardia(programa, mudo)?;
    }
    if let Some(mudo) = Mudo::novo()? {
        silencio(programa, &mudo)?;
    }
    Ok(())
}

fn conecta(programa: &Programa) -> Resultado {
    let escuta = Escuta::nova()?;
    let la = escuta.endereco()?;
    let feito =
        format!("Escutei em {la} e rodei o programa com esse endereço e um prazo de 5000 ms.");
    let mut aluno = programa.rodar(&[&la.to_string(), "5000"])?;
    let par = escuta
        .aceitar(PACIENCIA)
        .map_err(|falha| falha.depois_de(&feito))?;
    let aqui = par
        .conexao()
        .peer_addr()
        .map_err(|erro| desta_maquina(&erro))?;
    conectado(&mut aluno, &feito, Some(aqui), la)
}

/// Exige a linha das pontas e o código 0. Quem não aceitou a conexão não sabe a ponta de lá.
fn conectado(
    aluno: &mut Processo,
    feito: &str,
    aqui: Option<SocketAddr>,
    la: SocketAddr,
) -> Resultado {
    let fim = acaba_bem(aluno, feito)?;
    let saida = String::from_utf8_lossy(&fim.saida);
    let depois = format!("-> {la}");
    let certa = |linha: &str| {
        let linha = linha.trim();
        match aqui {
            Some(aqui) => linha == format!("conectado: {aqui} {depois}"),
            None => linha.starts_with("conectado: ") && linha.ends_with(&depois),
        }
    };
    exigir(saida.lines().any(certa), || {
        let aqui = aqui.map_or("AQUI".to_string(), |aqui| aqui.to_string());
        Falha::nova("pontas-erradas")
            .feito(feito)
            .esperado(format!("A linha `conectado: {aqui} {depois}`."))
            .veio(crate::mostrar(&fim.saida))
    })
}

/// Uma porta em que ninguém escuta: o núcleo recusa.
fn recusada(programa: &Programa) -> Resultado {
    let ninguem = Ninguem::novo()?;
    let endereco = ninguem.endereco().to_string();
    let feito =
        format!("Rodei o programa com {endereco}, onde ninguém escuta, e um prazo de 5000 ms.");
    // O Windows repete o pedido antes de dar a recusa por certa.
    let mut aluno = programa.rodar(&[&endereco, "5000"])?;
    falhou(&mut aluno, &feito, "conexão recusada")
}

/// Exige o código 1 e a frase na saída de erro.
fn falhou(aluno: &mut Processo, feito: &str, frase: &str) -> Resultado {
    let fim = aluno.fim().map_err(|falha| {
        let falha = falha.depois_de(feito);
        falha.quando("nao-termina", "sem-prazo")
    })?;
    let falha = |nome: &str| {
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "Uma frase com “{frase}” na saída de erro, e o código 1."
            ))
            .veio(format!(
                "Ele acabou com {}, e na saída {}.",
                fim.como(),
                crate::mostrar(&fim.saida)
            ))
            .erros(fim.erros.clone())
    };
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        falha("erro-calado")
    })?;
    let erros = fim.erros.to_lowercase();
    exigir(erros.contains(frase), || falha("mesma-frase"))
}

fn silencio(programa: &Programa, mudo: &Mudo) -> Resultado {
    let feito = "Rodei o programa com um endereço que não responde, e um prazo de 300 ms.";
    // Uma máquina ocupada também se atrasa: só se acredita em quem tarda todas as vezes.
    for _ in 0..RODADAS {
        let comeco = Instant::now();
        let mut aluno = programa.rodar(&[&mudo.endereco.to_string(), "300"])?;
        falhou(&mut aluno, feito, "sem resposta")?;
        if comeco.elapsed() < POUCO_DEPOIS {
            return Ok(());
        }
    }
    Err(Falha::nova("sem-prazo")
        .feito(format!("{feito} Fiz isso {RODADAS} vezes."))
        .esperado("Que ele acabasse pouco depois dos 300 ms.")
        .veio("Ele levou mais de 2 s, todas as vezes."))
}

/// O primeiro pedido se perde, e o segundo, que o sistema repete, é atendido.
fn resposta_tardia(programa: &Programa, mudo: Mudo) -> Resultado {
    let la = mudo.endereco;
    let feito = "Rodei o programa com um prazo de 20000 ms e só deixei o sistema responder ao segundo pedido.";
    let mut aluno = programa.rodar(&[&la.to_string(), "20000"])?;
    mudo.esperar_pedido();
    let _escuta = mudo.atender();
    conectado(&mut aluno, feito, None, la)
        .map_err(|falha| falha.quando("codigo-errado", "prazo-curto"))
}

/// Um endereço que não responde: a fila dele está cheia, e o sistema joga fora os pedidos.
struct Mudo {
    escuta: TcpListener,
    endereco: SocketAddr,
    na_fila: Vec<TcpStream>,
}

impl Mudo {
    /// `None` onde o sistema não se cala com a fila cheia.
    fn novo() -> Resultado<Option<Self>> {
        let escutar = || -> std::io::Result<TcpListener> {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
            socket.listen(0)?;
            Ok(socket.into())
        };
        let escuta = escutar().map_err(|erro| desta_maquina(&erro))?;
        let endereco = escuta.local_addr().map_err(|erro| desta_maquina(&erro))?;
        let mut na_fila = Vec::new();
        for _ in 0..TENTATIVAS {
            match TcpStream::connect_timeout(&endereco, Duration::from_millis(200)) {
                Ok(cliente) => na_fila.push(cliente),
                Err(erro) if erro.kind() == std::io::ErrorKind::TimedOut => {
                    return Ok(Some(Self {
                        escuta,
                        endereco,
                        na_fila,
                    }));
                }
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Espera que o pedido do programa tenha saído, e se perdido.
    #[cfg(target_os = "linux")]
    fn esperar_pedido(&self) {
        crate::espera::ate(Duration::from_secs(3), || {
            crate::nucleo::alguem_pede(self.endereco)
        });
    }

    #[cfg(not(target_os = "linux"))]
    fn esperar_pedido(&self) {
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Esvazia a fila: o próximo pedido é atendido.
    fn atender(self) -> TcpListener {
        for _ in &self.na_fila {
            // Há gente na fila: volta na hora.
            let _ = self.escuta.accept();
        }
        self.escuta
    }
}
