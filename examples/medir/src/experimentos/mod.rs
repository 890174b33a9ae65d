//! Os experimentos, um por arquivo. Cada um diz os passos que tem.
