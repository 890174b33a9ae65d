//! Uma execução gravada e uma captura em um livro pequeno, e cada defeito delas que a
//! editora promete achar.

mod comum;
mod livro_pequeno;

use std::fs;

use comum::erros;
use livro_pequeno::{Defeito, LivroPequeno, acusar_cada_um};

const PAGINA: &str = "book/src/dois.md";
const EXECUCAO: &str = "book/dados/execucoes/par.toml";
const CAPTURA: &str = "book/dados/capturas/udp.pcapng";
const CLIENTE: &str = "examples/cliente.rs";

/// Um pcapng com uma seção e um pacote, vazios.
fn pcapng() -> Vec<u8> {
    let bloco = |tipo: u32, corpo: &[u8]| {
        let tamanho = u32::try_from(corpo.len() + 12).unwrap().to_le_bytes();
        [&tipo.to_le_bytes()[..], &tamanho, corpo, &tamanho].concat()
    };
    [bloco(0x0a0d_0d0a, &[0; 16]), bloco(6, &[0; 20])].concat()
}

fn livro_com_execucao() -> LivroPequeno {
    let livro = LivroPequeno::novo();
    livro.escrever(
        EXECUCAO,
        include_str!("../src/execucao/gravacao-de-exemplo.toml"),
    );
    livro.escrever(CLIENTE, "// nada\nlet c = ligar(alvo)?;\nc.dizer(oi)\n");
    livro.escrever("examples/servidor.rs", "escutar(onde)\nc.ouvir()\n");
    livro.escrever(CAPTURA, "");
    fs::write(livro.caminho(CAPTURA), pcapng()).unwrap();
    livro.escrever(
        PAGINA,
        "# Dois\n\n## Fim\n\n{{#execucao par}}\n\nBaixe {{#captura udp}}, ou \
         [o mesmo](capturas/udp.pcapng).\n\n{{#listagem cliente}}\n\n{{#listagem servidor}}\n",
    );
    livro
}

#[test]
fn a_execucao_e_a_captura_vao_com_o_livro() {
    let livro = livro_com_execucao();
    let saida = livro.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = livro.ler("target/livro/dois.html");
    for parte in [
        "<figure class=\"figura grafico execucao\" id=\"execucao-par\">",
        "SYN-SENT",
        "<summary>A mesma execução em uma tabela",
        "href=\"capturas/udp.pcapng\"",
        "(1 pacote)",
    ] {
        assert!(pagina.contains(parte), "falta {parte} em\n{pagina}");
    }
    assert!(!pagina.contains("{{#"), "{pagina}");
    let levada = fs::read(livro.caminho("target/livro/capturas/udp.pcapng")).unwrap();
    assert_eq!(levada, pcapng());
}

#[test]
fn cada_defeito_e_acusado_no_seu_lugar() {
    acusar_cada_um(DEFEITOS, &livro_com_execucao());
}

const DEFEITOS: &[Defeito] = &[
    Defeito {
        nome: "execução que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\n{{#execucao nada}}\n"),
        arquivo: PAGINA,
        linha: 13,
        palavras: "não existe book/dados/execucoes/nada.toml",
    },
    Defeito {
        nome: "execução que ninguém mostra",
        injetar: |l| l.trocar(PAGINA, "{{#execucao par}}", ""),
        arquivo: EXECUCAO,
        linha: 1,
        palavras: "nenhum capítulo usa esta execução",
    },
    Defeito {
        nome: "captura que não existe",
        injetar: |l| l.acrescentar(PAGINA, "\nE {{#captura nada}}.\n"),
        arquivo: PAGINA,
        linha: 13,
        palavras: "não existe book/dados/capturas/nada.pcapng",
    },
    Defeito {
        nome: "captura que ninguém oferece",
        injetar: |l| l.trocar(PAGINA, "{{#captura udp}}", "nada"),
        arquivo: CAPTURA,
        linha: 1,
        palavras: "nenhum capítulo usa esta captura",
    },
    Defeito {
        nome: "captura dentro de um código",
        injetar: |l| l.trocar(PAGINA, "{{#captura udp}}", "`{{#captura udp}}`"),
        arquivo: PAGINA,
        linha: 7,
        palavras: "onde ninguém a vê",
    },
    Defeito {
        nome: "captura que não é um pcapng",
        injetar: |l| l.escrever(CAPTURA, "nada"),
        arquivo: CAPTURA,
        linha: 1,
        palavras: "não é um pcapng",
    },
    Defeito {
        nome: "outro arquivo entre as capturas",
        injetar: |l| l.escrever("book/dados/capturas/nota.txt", "nada"),
        arquivo: "book/dados/capturas/nota.txt",
        linha: 1,
        palavras: "só cabem arquivos .pcapng",
    },
    Defeito {
        nome: "ligação para uma captura que não há",
        injetar: |l| l.trocar(PAGINA, "capturas/udp", "capturas/tcp"),
        arquivo: PAGINA,
        linha: 7,
        palavras: "ligação «capturas/tcp.pcapng»",
    },
    Defeito {
        nome: "o programa mudou depois da gravação",
        injetar: |l| l.trocar(CLIENTE, "// nada\n", ""),
        arquivo: EXECUCAO,
        linha: 11,
        palavras: "a linha examples/cliente.rs:2 não é «ligar(alvo)»",
    },
    Defeito {
        nome: "uma chave que não existe",
        injetar: |l| l.trocar(EXECUCAO, "antes = 0.1", "depois = 0.1"),
        arquivo: EXECUCAO,
        linha: 19,
        palavras: "não conheço a chave «depois»",
    },
    Defeito {
        nome: "o que acaba antes de começar",
        injetar: |l| l.trocar(EXECUCAO, "ate = 20.1", "ate = 0.1"),
        arquivo: EXECUCAO,
        linha: 26,
        palavras: "acaba antes de começar",
    },
];
