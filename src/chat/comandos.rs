//! Os comandos da conversa.
