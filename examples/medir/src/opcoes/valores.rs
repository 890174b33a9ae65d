//! Os valores das opções: números com limites, e listas deles.

/// Um inteiro de `de` a `ate`.
///
/// # Errors
/// O que serve, para a recusa.
pub fn inteiro(texto: &str, de: u64, ate: u64) -> Result<u64, String> {
    let numero = texto.parse().ok().filter(|n| (de..=ate).contains(n));
    numero.ok_or_else(|| format!("use um número inteiro de {de} a {ate}"))
}

/// Inteiros de `de` a `ate`, separados por vírgulas.
///
/// # Errors
/// O que serve, para a recusa.
pub fn inteiros(texto: &str, de: u64, ate: u64) -> Result<Vec<u64>, String> {
    let numeros = texto.split(',').map(|um| inteiro(um, de, ate));
    let numeros: Result<Vec<u64>, String> = numeros.collect();
    sem_repetir(numeros.map_err(|_| {
        format!("use números inteiros de {de} a {ate}, separados por vírgulas")
    })?)
}

/// Uma percentagem.
///
/// # Errors
/// O que serve, para a recusa.
pub fn percentagem(texto: &str) -> Result<f64, String> {
    let numero = texto.parse().ok().filter(|n| (0.0..=100.0).contains(n));
    numero.ok_or_else(|| {
        "use uma percentagem de 0 a 100, com ponto decimal: 0.5".into()
    })
}

/// Percentagens separadas por vírgulas: por isso o decimal é com ponto.
///
/// # Errors
/// O que serve, para a recusa.
pub fn percentagens(texto: &str) -> Result<Vec<f64>, String> {
    let numeros: Result<Vec<f64>, String> =
        texto.split(',').map(percentagem).collect();
    sem_repetir(numeros.map_err(|_| {
        "use percentagens de 0 a 100, separadas por vírgulas e com ponto \
         decimal: 0.5,1,5"
            .to_string()
    })?)
}

/// Um de `nomes`, ou vários separados por vírgulas.
///
/// # Errors
/// O que serve, para a recusa.
pub fn nomes(
    texto: &str,
    nomes: &[&'static str],
) -> Result<Vec<&'static str>, String> {
    let achar = |pedido| nomes.iter().find(|nome| **nome == pedido).copied();
    let achados: Option<Vec<&str>> = texto.split(',').map(achar).collect();
    sem_repetir(achados.ok_or_else(|| {
        format!(
            "use um ou mais destes, separados por vírgulas: {}",
            nomes.join(", ")
        )
    })?)
}

/// A mesma condição duas vezes seria o mesmo passo duas vezes.
fn sem_repetir<T: PartialEq>(valores: Vec<T>) -> Result<Vec<T>, String> {
    let repete = |qual: usize| valores[..qual].contains(&valores[qual]);
    if (0..valores.len()).any(repete) {
        return Err("não repita um valor".into());
    }
    Ok(valores)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_que_serve_e_entendido() {
        assert_eq!(inteiro("7", 1, 10), Ok(7));
        assert_eq!(inteiros("7,3", 1, 10), Ok(vec![7, 3]));
        assert_eq!(percentagens("0.5,20,0"), Ok(vec![0.5, 20.0, 0.0]));
        let dois = vec!["udp", "tcp"];
        assert_eq!(nomes("udp,tcp", &["tcp", "udp"]), Ok(dois));
    }

    #[test]
    fn o_que_nao_serve_e_recusado_com_o_que_serve() {
        for texto in ["", "0", "11", "-1", "1,5", "1.5", "x", " 1"] {
            let recusa = inteiro(texto, 1, 10).unwrap_err();
            assert!(recusa.contains("de 1 a 10"), "{texto}");
        }
        for texto in ["", "1,", "1,,2", "0,1"] {
            assert!(inteiros(texto, 1, 10).is_err(), "{texto}");
        }
        for texto in ["", "-1", "100.1", "NaN", "inf", "5%", "1;2"] {
            let recusa = percentagens(texto).unwrap_err();
            assert!(recusa.contains("0.5,1,5"), "{texto}");
        }
        assert!(
            nomes("sctp", &["tcp", "udp"])
                .unwrap_err()
                .contains("tcp, udp")
        );
        for repetida in [inteiros("1,2,1", 1, 10), inteiros("3,3", 1, 10)] {
            assert!(repetida.unwrap_err().contains("não repita"));
        }
        assert!(percentagens("5,5.0").is_err());
    }
}
