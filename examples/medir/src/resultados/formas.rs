//! Como se resume cada tabela: as condições, as medidas e as unidades.

use super::resumo::{Como, Condicao, Forma, Medida, Mostrar};

/// Uma condição que tem sempre a sua coluna.
const fn sempre(coluna: &'static str, titulo: &'static str) -> Condicao {
    Condicao {
        coluna,
        titulo,
        mostrar: Mostrar::Sempre,
    }
}

/// Uma condição que só tem coluna se muda; se não muda, conta-se como em `igual`.
const fn se_muda(
    coluna: &'static str,
    titulo: &'static str,
    igual: &'static str,
) -> Condicao {
    Condicao {
        coluna,
        titulo,
        mostrar: Mostrar::SeMuda(igual),
    }
}

/// Uma condição que não se mostra.
const fn nunca(coluna: &'static str) -> Condicao {
    Condicao {
        coluna,
        titulo: "",
        mostrar: Mostrar::Nunca,
    }
}

const fn mediana(coluna: &'static str, titulo: &'static str) -> Medida {
    Medida {
        titulo,
        coluna,
        como: Como::Mediana,
    }
}

const fn faixa(coluna: &'static str, titulo: &'static str) -> Medida {
    Medida {
        titulo,
        coluna,
        como: Como::Faixa,
    }
}

const fn sim(coluna: &'static str, titulo: &'static str) -> Medida {
    Medida {
        titulo,
        coluna,
        como: Como::Sim,
    }
}

const fn texto(coluna: &'static str, titulo: &'static str) -> Medida {
    Medida {
        titulo,
        coluna,
        como: Como::Texto,
    }
}

const RTT: Condicao =
    se_muda("atraso_ms", "RTT ms", "ida e volta de {} ms no caminho");

/// Todas, na ordem em que se mostram.
pub const FORMAS: &[Forma] = &[
    Forma {
        tabela: "perda",
        titulo: "perda: de cada 100 datagramas, quantos não chegam",
        condicoes: &[
            sempre("perda", "pedida %"),
            se_muda("duplicacao", "dupl. %", "{} % duplicados"),
            se_muda("reordenacao", "reord. %", "{} % trocados"),
            se_muda("enviados", "enviados", "{} datagramas"),
            se_muda("tamanho", "bytes", "{} bytes"),
            se_muda("ritmo", "por s", "{} por segundo"),
        ],
        medidas: &[
            mediana("perda_medida", "medida %"),
            faixa("perda_medida", "faixa"),
            mediana("derrubados", "no caminho"),
            mediana("sem_buffer", "sem buffer"),
            sim("conta_fecha", "fecha"),
        ],
    },
    Forma {
        tabela: "ida-e-volta",
        titulo: "ida-e-volta: quanto demora uma pergunta e a resposta",
        condicoes: &[
            sempre("lugar", "lugar"),
            se_muda("atraso_ms", "RTT ms", "{} ms de RTT"),
            sempre("protocolo", "protocolo"),
            se_muda("tamanho", "bytes", "{} bytes"),
            se_muda("cpus", "CPUs", "CPUs {}"),
        ],
        medidas: &[
            mediana("p50_us", "p50 µs"),
            faixa("p50_us", "faixa"),
            mediana("p99_us", "p99 µs"),
            mediana("p999_us", "p99,9 µs"),
        ],
    },
    Forma {
        tabela: "pergunta-resposta",
        titulo: "pergunta-resposta: uma pergunta de cada vez",
        condicoes: &[
            sempre("perda", "perda %"),
            sempre("protocolo", "protocolo"),
            nunca("congestionamento"),
            se_muda("perguntas", "perguntas", "{} perguntas"),
        ],
        medidas: &[
            mediana("respondidas", "respostas"),
            mediana("tempo_s", "tempo (s)"),
            faixa("tempo_s", "faixa"),
            mediana("formula_s", "fórmula"),
            mediana("razao", "razão"),
        ],
    },
    Forma {
        tabela: "rto",
        titulo: "rto: o menor prazo de retransmissão do TCP",
        condicoes: &[
            sempre("protocolo", "protocolo"),
            sempre("rto_min_ms", "prazo ms"),
            se_muda("perda", "perda %", "{} % de perda"),
            se_muda("perguntas", "perguntas", "{} perguntas"),
        ],
        medidas: &[
            mediana("respondidas", "respostas"),
            mediana("tempo_s", "tempo (s)"),
            faixa("tempo_s", "faixa"),
            mediana("formula_s", "fórmula"),
            mediana("razao", "razão"),
        ],
    },
    Forma {
        tabela: "transferencia",
        titulo: "transferencia: um arquivo de ponta a ponta",
        condicoes: &[
            sempre("perda", "perda %"),
            sempre("protocolo", "protocolo"),
            sempre("janela", "janela"),
            se_muda("bytes", "bytes", "{} bytes"),
            RTT,
        ],
        medidas: &[
            mediana("tempo_s", "tempo (s)"),
            faixa("tempo_s", "faixa"),
            mediana("vazao_mbits", "Mb/s"),
            mediana("retransmitidos", "de novo"),
            mediana("derrubados_na_ida", "perdidos"),
        ],
    },
    Forma {
        tabela: "gargalo",
        titulo: "gargalo: um arquivo por um trecho estreito, sem perda sorteada",
        condicoes: &[
            sempre("protocolo", "protocolo"),
            sempre("janela", "janela"),
            se_muda("bytes", "bytes", "{} bytes"),
            se_muda("taxa_mbits", "taxa Mb/s", "{} Mb/s"),
            se_muda("fila_bytes", "fila", "fila de {} bytes"),
            RTT,
        ],
        medidas: &[
            mediana("tempo_s", "tempo (s)"),
            faixa("tempo_s", "faixa"),
            mediana("vazao_mbits", "Mb/s"),
            mediana("retransmitidos", "de novo"),
            mediana("sem_lugar", "perdidos"),
        ],
    },
    Forma {
        tabela: "rajada",
        titulo: "rajada: uma janela que não cabe no buffer de quem recebe",
        condicoes: &[
            sempre("janela", "janela"),
            sempre("buffer_bytes", "buffer"),
            se_muda("bytes", "bytes", "{} bytes"),
            RTT,
        ],
        medidas: &[
            mediana("tempo_s", "tempo (s)"),
            faixa("tempo_s", "faixa"),
            mediana("retransmitidos", "de novo"),
            mediana("sem_buffer", "sem buffer"),
            mediana("a_toa", "à toa"),
        ],
    },
    Forma {
        tabela: "vazao",
        titulo: "vazao: quantos bits por segundo cabem em uma conexão TCP",
        condicoes: &[
            sempre("congestionamento", "controle"),
            sempre("perda", "perda %"),
            RTT,
            se_muda("cpus", "CPUs", "CPUs {}"),
        ],
        medidas: &[
            mediana("vazao_mbits", "Mb/s"),
            faixa("vazao_mbits", "faixa"),
            mediana("mathis_mbits", "Mathis"),
            mediana("razao", "razão"),
        ],
    },
    Forma {
        tabela: "teto",
        titulo: "teto: até onde esta máquina vai quando nada se perde",
        condicoes: &[
            sempre("lugar", "lugar"),
            sempre("protocolo", "protocolo"),
            nunca("congestionamento"),
            se_muda("tamanho", "bytes por vez", "{} bytes por vez"),
            se_muda("cpus", "CPUs", "CPUs {}"),
        ],
        medidas: &[
            mediana("vazao_mbits", "Mb/s"),
            faixa("vazao_mbits", "faixa"),
            mediana("sem_buffer", "sem buffer"),
        ],
    },
    Forma {
        tabela: "fila",
        titulo: "fila: quanto demora uma mensagem atrás de outra que se perdeu",
        condicoes: &[
            sempre("perda", "perda %"),
            sempre("protocolo", "protocolo"),
            se_muda("ritmo", "por s", "{} por segundo"),
            RTT,
        ],
        medidas: &[
            mediana("p50_ms", "p50 ms"),
            mediana("p99_ms", "p99 ms"),
            faixa("p99_ms", "faixa do p99"),
            mediana("maior_ms", "maior ms"),
            mediana("entregues", "entregues"),
        ],
    },
    Forma {
        tabela: "estouro",
        titulo: "estouro: quanto o receptor perde em um caminho perfeito",
        condicoes: &[
            sempre("ritmo", "por s"),
            se_muda(
                "trabalho_us",
                "trabalho µs",
                "{} µs de trabalho por datagrama",
            ),
            se_muda("buffer_bytes", "buffer", "buffer de {} bytes"),
            se_muda("tamanho", "bytes", "{} bytes"),
        ],
        medidas: &[
            mediana("enviados", "enviados"),
            mediana("perda_medida", "perda %"),
            faixa("perda_medida", "faixa"),
            mediana("sem_buffer", "sem buffer"),
            mediana("derrubados", "no caminho"),
        ],
    },
    Forma {
        tabela: "nagle",
        titulo: "nagle: quanto demora uma mensagem em duas escritas",
        condicoes: &[
            sempre("modo", "modo"),
            se_muda("mensagens", "mensagens", "{} mensagens"),
        ],
        medidas: &[
            mediana("p50_ms", "p50 ms"),
            mediana("p99_ms", "p99 ms"),
            mediana("maior_ms", "maior ms"),
            mediana("segmentos", "segmentos"),
        ],
    },
    Forma {
        tabela: "enganos",
        titulo: "enganos: o mesmo, medido do jeito errado e do certo",
        condicoes: &[
            sempre("engano", "engano"),
            sempre("condicao", "condição"),
        ],
        medidas: &[
            mediana("errado", "errado"),
            mediana("certo", "certo"),
            mediana("verdade", "verdade"),
            texto("unidade", "em"),
        ],
    },
];
