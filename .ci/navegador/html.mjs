#!/usr/bin/env node
// O HTML de todas as páginas do livro pronto, conferido pelo Nu Html Checker (vnu).
//
//     node .ci/navegador/html.mjs PASTA_DO_LIVRO
//
// Erros e avisos contam. Sai com 1 se houver algum, 2 se não deu para conferir.

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const PRAZO = 180_000;
const MAIOR_RESPOSTA = 64 * 1024 * 1024;

function desistir(texto) {
    console.error(`html: ${texto}`);
    process.exit(2);
}

const [livro] = process.argv.slice(2);
if (!livro || process.argv.length > 3) {
    desistir('uso: node .ci/navegador/html.mjs PASTA_DO_LIVRO');
}
const pasta = path.resolve(livro);
let paginas = [];
try {
    paginas = readdirSync(pasta, { recursive: true }).map(String).filter(nome => nome.endsWith('.html'));
} catch (erro) {
    desistir(`não foi possível ler ${pasta}: ${erro.message}`);
}
for (const obrigatoria of ['index.html', 'toc.html', 'print.html', '404.html']) {
    if (!paginas.includes(obrigatoria)) {
        desistir(`não há um livro pronto em ${pasta}: falta ${obrigatoria}`);
    }
}

let jar;
try {
    jar = path.join(path.dirname(createRequire(import.meta.url).resolve('vnu-jar')), 'build/dist/vnu.jar');
} catch {
    desistir('falta o pacote vnu-jar; rode “npm ci” em .ci/navegador');
}

const pedido = ['-jar', jar, '--stdout', '--exit-zero-always', '--format', 'json', ...paginas];
let mensagens = [];
try {
    const { stdout } = await promisify(execFile)('java', pedido, { cwd: pasta, timeout: PRAZO, maxBuffer: MAIOR_RESPOSTA });
    mensagens = JSON.parse(stdout).messages;
} catch (erro) {
    desistir(erro.code === 'ENOENT'
        ? 'falta o Java (17 ou mais novo); instale-o (default-jre-headless, no Debian)'
        : `o vnu não chegou ao fim: ${erro.message}`);
}

// De cada frase, os lugares em que ela aparece: o mesmo defeito é dito uma vez só.
const problemas = new Map();
for (const { type, subType, message, url, lastLine, extract } of mensagens) {
    const onde = `${path.relative(pasta, decodeURI(new URL(url).pathname))}:${lastLine ?? 1}`;
    const frase = `${subType ?? type}: ${message}`;
    problemas.set(frase, [...(problemas.get(frase) ?? []), `${onde} ${JSON.stringify((extract ?? '').trim())}`]);
}
for (const [frase, lugares] of problemas) {
    console.error(`${frase}\n    em ${lugares.slice(0, 5).join('\n    em ')}`);
    if (lugares.length > 5) {
        console.error(`    e em mais ${lugares.length - 5} lugares`);
    }
}
console.log(`${paginas.length} páginas no vnu: ${mensagens.length === 0 ? 'nenhum erro, nenhum aviso' : `${mensagens.length} erros e avisos`}`);
process.exitCode = mensagens.length === 0 ? 0 : 1;
