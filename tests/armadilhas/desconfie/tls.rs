//! TLS: a conversa inteira, quem escuta, quem finge, quem muda, quem corta, quem não
//! fala a língua e quem não fala.

use std::net::SocketAddr;

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use super::meio::Meio;
use super::{Servidor, acabou, ate_o_fim, mandar, prova};

/// O TLS guarda no máximo um registro e um aperto de mãos.
const MEMORIA: u64 = 24;

const SEGREDO: &str = "minha senha: 1234";

pub fn provas() -> Vec<Trial> {
    vec![
        prova("tls::conversa_inteira", conversa_inteira),
        prova("tls::quem_escuta", quem_escuta),
        prova("tls::impostor", impostor),
        prova("tls::bytes_mudados", bytes_mudados),
        prova("tls::corte", corte),
        prova("tls::corte_sem_tls", corte_sem_tls),
        prova("tls::lixo_no_aperto", lixo_no_aperto),
        prova("tls::silencio_no_aperto", silencio_no_aperto),
        prova("tls::servidor_sem_tls", servidor_sem_tls),
    ]
}

fn certificado(servidor: SocketAddr) -> String {
    format!("target/certificado-{}.der", servidor.port())
}

/// Um cliente que liga para `alvo` e confia no certificado de `servidor`.
fn cliente(alvo: SocketAddr, servidor: SocketAddr) -> Result<Filho, Falha> {
    let argumentos = [alvo.to_string(), certificado(servidor)];
    Filho::exemplo("cliente_tls", &argumentos)
}

/// Diz `mensagem` e espera a resposta de sempre.
fn dizer(cliente: &mut Filho, mensagem: &str) -> Result<(), Falha> {
    cliente.esperar_trecho("desconectar): ")?;
    cliente.escrever(format!("{mensagem}\n"));
    let resposta = "Resposta do servidor: Mensagem recebida.";
    cliente.esperar_linha_com(resposta).map(drop)
}

/// Diz `off`, e os dois lados acabam bem.
fn encerrar(mut cliente: Filho, mut servidor: Servidor) -> Result<(), Falha> {
    cliente.esperar_trecho("desconectar): ")?;
    cliente.escrever("off\n");
    cliente.esperar_linha_com("Servidor encerrado.")?;
    acabou(&mut cliente, 0)?;
    acabou(&mut servidor.programa, 0)
}

/// Depois do ataque, um cliente de verdade ainda é atendido.
fn ainda_atende(mut servidor: Servidor) -> Result<(), Falha> {
    servidor.conferir(MEMORIA)?;
    let mut honesto = cliente(servidor.endereco, servidor.endereco)?;
    dizer(&mut honesto, "oi")?;
    encerrar(honesto, servidor)
}

fn conversa_inteira() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor_tls", "60")?;
    let mut primeiro = cliente(servidor.endereco, servidor.endereco)?;
    for mensagem in ["oi", "olá, ção 🙂", "", &"a".repeat(1024)] {
        dizer(&mut primeiro, mensagem)?;
        let linha = format!("Recebido: {mensagem}");
        servidor.programa.esperar_linha_com(&linha)?;
    }
    primeiro.fechar_entrada();
    acabou(&mut primeiro, 0)?;
    servidor
        .programa
        .esperar_linha_com("O cliente se despediu.")?;
    ainda_atende(servidor)
}

/// Sem TLS o segredo passa às claras; com TLS, do que interessa, só o nome do servidor.
fn quem_escuta() -> Result<(), Falha> {
    let servidor = Servidor::abrir("servidor", "60")?;
    let (meio, no_meio) = Meio::abrir(servidor.endereco)?;
    let mut as_claras = Filho::exemplo("cliente", &[no_meio.to_string()])?;
    dizer(&mut as_claras, SEGREDO)?;
    if !meio.viu(SEGREDO) {
        return Err(Falha::nova("quem escuta não viu o que passou às claras"));
    }
    encerrar(as_claras, servidor)?;

    let servidor = Servidor::abrir("servidor_tls", "60")?;
    let (meio, no_meio) = Meio::abrir(servidor.endereco)?;
    let mut cifrado = cliente(no_meio, servidor.endereco)?;
    dizer(&mut cifrado, SEGREDO)?;
    encerrar(cifrado, servidor)?;
    let quantos = meio.quantos();
    if quantos < 500 || meio.viu("senha") || meio.viu("recebida") {
        return Err(Falha::nova(format!("{quantos} bytes, e se lê algum")));
    }
    if !meio.viu("servidor.example") {
        return Err(Falha::nova("o nome do servidor não passou às claras"));
    }
    Ok(())
}

/// Quem confere o certificado recusa o impostor; quem não confere lhe conta tudo.
fn impostor() -> Result<(), Falha> {
    let servidor = Servidor::abrir("servidor_tls", "60")?;
    let argumentos = ["127.0.0.1:0".to_string(), servidor.endereco.to_string()];
    let mut impostor = Servidor::de(Filho::exemplo("impostor_tls", &argumentos)?)?;

    let mut certo = cliente(impostor.endereco, servidor.endereco)?;
    acabou(&mut certo, 1)?;
    certo.esperar_linha_com("erro: o certificado não é o do servidor")?;
    impostor
        .programa
        .esperar_linha_com("Não deu certo: o outro lado recusou a conversa")?;

    let endereco = impostor.endereco.to_string();
    let mut errado = Filho::exemplo("cliente_tls_errado", &[endereco])?;
    dizer(&mut errado, SEGREDO)?;
    let linha = format!("A vítima disse: {SEGREDO}");
    impostor.programa.esperar_linha_com(&linha)?;
    encerrar(errado, servidor)
}

/// Um bit mudado no caminho não vira outra mensagem.
fn bytes_mudados() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor_tls", "60")?;
    let (meio, no_meio) = Meio::abrir(servidor.endereco)?;
    let mut vitima = cliente(no_meio, servidor.endereco)?;
    dizer(&mut vitima, "oi")?;
    meio.mudar();
    vitima.esperar_trecho("desconectar): ")?;
    vitima.escrever("devo R$ 100\n");
    servidor
        .programa
        .esperar_linha_com("alguém mudou os bytes no caminho")?;
    acabou(&mut vitima, 1)?;
    if servidor.programa.tudo().contains("devo") {
        return Err(servidor.programa.falha("leu o que foi mudado"));
    }
    ainda_atende(servidor)
}

/// Um FIN qualquer um manda; a despedida do TLS, não.
fn corte() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor_tls", "60")?;
    let (meio, no_meio) = Meio::abrir(servidor.endereco)?;
    let mut vitima = cliente(no_meio, servidor.endereco)?;
    dizer(&mut vitima, "oi")?;
    meio.cortar();
    servidor.programa.esperar_linha_com("conversa cortada: ")?;
    vitima.esperar_trecho("desconectar): ")?;
    vitima.escrever("ainda está aí?\n");
    acabou(&mut vitima, 1)?;
    vitima.esperar_linha_com("erro: ")?;
    ainda_atende(servidor)
}

/// O mesmo corte, sem TLS, é um fim como outro.
fn corte_sem_tls() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor", "60")?;
    let (meio, no_meio) = Meio::abrir(servidor.endereco)?;
    let mut vitima = Filho::exemplo("cliente", &[no_meio.to_string()])?;
    dizer(&mut vitima, "oi")?;
    meio.cortar();
    servidor.programa.esperar_linha_com("O cliente desligou.")?;
    acabou(&mut servidor.programa, 0)
}

/// Cada lixo tem uma frase, e o servidor espera o próximo.
fn lixo_no_aperto() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor_tls", "60")?;
    let registro_enorme = [&[22, 3, 1, 0xff, 0xff][..], &vec![0; 65_535]].concat();
    // Uma saudação que promete 64.500 bytes, em registros que servem, um a um.
    let registro = [&[22, 3, 1, 0x40, 0][..], &[0; 16_384]].concat();
    let mut saudacao_enorme = registro.repeat(20);
    saudacao_enorme[5..9].copy_from_slice(&[1, 0, 0xfb, 0xf4]);
    for lixo in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"oi\n".to_vec(),
        vec![0; 100_000],
        vec![0xff; 100_000],
        registro_enorme,
        saudacao_enorme,
        [&[22, 3, 1, 0, 5][..], &[1, 0xff, 0xff, 0xff, 0]].concat(),
        [23, 3, 3, 0, 1, 0].to_vec(),
        [22, 3, 1].to_vec(),
        Vec::new(),
    ] {
        let conexao = servidor.ligar()?;
        // O servidor pode desligar antes do fim do lixo.
        let _ = mandar(&conexao, &lixo);
        let _ = conexao.shutdown(std::net::Shutdown::Write);
        ate_o_fim(&conexao)?;
        servidor.programa.esperar_linha_com("Conectado com: ")?;
        let frase = servidor.programa.esperar_linha()?;
        let frases = ["TLS", "conversa cortada", "a conexão caiu"];
        if !frases.iter().any(|dita| frase.contains(dita)) {
            return Err(servidor.programa.falha("não disse o que houve"));
        }
    }
    ainda_atende(servidor)
}

/// Quem liga e não diz nada, ou quase nada, não segura o servidor.
fn silencio_no_aperto() -> Result<(), Falha> {
    let mut servidor = Servidor::abrir("servidor_tls", "1")?;
    for pouco in [&[][..], &[22, 3, 1, 2]] {
        let conexao = servidor.ligar()?;
        mandar(&conexao, pouco)?;
        let frase = "o prazo acabou: o outro lado parou no meio";
        servidor.programa.esperar_linha_com(frase)?;
    }
    servidor.conferir(MEMORIA)
}

/// O cliente descobre que o servidor não fala TLS.
fn servidor_sem_tls() -> Result<(), Falha> {
    let com_tls = Servidor::abrir("servidor_tls", "60")?;
    let sem_tls = Servidor::abrir("servidor", "60")?;
    let mut enganado = cliente(sem_tls.endereco, com_tls.endereco)?;
    acabou(&mut enganado, 1)?;
    enganado
        .esperar_linha_com("erro: o outro lado não fala TLS")
        .map(drop)
}
