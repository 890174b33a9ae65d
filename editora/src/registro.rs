//! O que o mdBook só conta no registro: avisos e erros que não param a montagem.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Guarda o texto de cada evento WARN e ERROR.
#[derive(Clone, Default)]
pub struct Avisos(Arc<Mutex<Vec<String>>>);

impl Avisos {
    /// Roda `tarefa` e devolve o resultado dela com os avisos que ela deu.
    pub fn durante<T>(tarefa: impl FnOnce() -> T) -> (T, Vec<String>) {
        let avisos = Self::default();
        let resultado = tracing::subscriber::with_default(avisos.clone(), tarefa);
        let textos = avisos
            .0
            .lock()
            .map(|mut textos| std::mem::take(&mut *textos))
            .unwrap_or_default();
        (resultado, textos)
    }
}

impl Subscriber for Avisos {
    fn enabled(&self, metadados: &Metadata<'_>) -> bool {
        *metadados.level() <= Level::WARN
    }

    fn event(&self, evento: &Event<'_>) {
        let mut texto = Texto(String::new());
        evento.record(&mut texto);
        if let Ok(mut textos) = self.0.lock() {
            textos.push(texto.0);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Junta os campos de um evento em um texto só.
struct Texto(String);

impl Visit for Texto {
    fn record_debug(&mut self, campo: &Field, valor: &dyn Debug) {
        let separador = if self.0.is_empty() { "" } else { ", " };
        let _ = if campo.name() == "message" {
            write!(self.0, "{separador}{valor:?}")
        } else {
            write!(self.0, "{separador}{campo}: {valor:?}")
        };
    }
}

#[cfg(test)]
mod testes {
    use super::Avisos;

    #[test]
    fn guarda_avisos_e_erros_e_deixa_passar_o_resto() {
        let (resultado, textos) = Avisos::durante(|| {
            tracing::info!("começou");
            tracing::warn!("falta {}", "algo");
            tracing::error!(arquivo = "x", "parou");
            7
        });
        assert_eq!(resultado, 7);
        assert_eq!(textos.len(), 2, "{textos:?}");
        assert_eq!(textos[0], "falta algo");
        assert!(textos[1].contains("parou") && textos[1].contains("arquivo: \"x\""));
    }
}
