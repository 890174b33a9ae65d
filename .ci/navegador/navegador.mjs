// Abre e fecha o navegador e o servidor local; nada aqui sabe do livro.

import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants as zlib, gzip } from 'node:zlib';

/** Quem acaba de ser morto ainda escreve um pouco no perfil: apaga-se de novo, por até 20 s. */
const APAGAR = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

const NOMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** O caminho do Chromium: o da variável CHROMIUM ou o primeiro do PATH; `null` se não há. */
export async function acharChromium() {
    const candidatos = process.env.CHROMIUM
        ? [process.env.CHROMIUM]
        : (process.env.PATH ?? '')
            .split(path.delimiter)
            .flatMap(pasta => NOMES.map(nome => path.join(pasta, nome)));
    for (const candidato of candidatos) {
        try {
            await access(candidato, constants.X_OK);
            return candidato;
        } catch {
            // Não é este.
        }
    }
    return null;
}

/** Um navegador com perfil novo, sem rede além desta máquina. `fechar` não deixa nada para trás. */
export async function abrirNavegador(puppeteer, executavel, prazo, opcoes = []) {
    const perfil = await mkdtemp(path.join(tmpdir(), 'conferir-o-livro-'));
    let navegador;
    try {
        navegador = await puppeteer.launch({
            executablePath: executavel,
            headless: true,
            userDataDir: perfil,
            timeout: prazo,
            protocolTimeout: prazo,
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
                '--hide-scrollbars',
                '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
                ...opcoes,
            ],
        });
    } catch (erro) {
        await rm(perfil, APAGAR);
        throw erro;
    }
    const processo = navegador.process();
    const matar = () => processo?.kill('SIGKILL');
    // Se este programa acabar de repente, o navegador e o perfil acabam com ele.
    const largar = () => {
        matar();
        rmSync(perfil, APAGAR);
    };
    process.once('exit', largar);
    const fechar = async () => {
        const prazoEsgotado = new Promise(resolver => setTimeout(resolver, 5000).unref());
        await Promise.race([navegador.close().catch(() => {}), prazoEsgotado]);
        matar();
        process.off('exit', largar);
        await rm(perfil, APAGAR);
    };
    return { navegador, fechar };
}

const TIPOS = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.txt': 'text/plain; charset=utf-8',
    '.woff2': 'font/woff2',
};

/** O que já vem comprimido, ou é um dado que se baixa e não se lê na página. */
const SEM_COMPRIMIR = ['.png', '.woff2', '.pcapng'];

/** Os arquivos cujo nome muda quando o conteúdo muda. */
const COM_IMPRESSAO = /-[0-9a-f]{8}\.(?:min\.)?[a-z0-9]+$/;

/** O corpo comprimido como o pedido aceita, e o nome da compressão. */
async function comprimir(corpo, aceita) {
    if (/\bbr\b/.test(aceita)) {
        // 5 é o que um servidor faz na hora; 11 só serve a quem comprime antes.
        const params = { [zlib.BROTLI_PARAM_QUALITY]: 5 };
        return ['br', await promisify(brotliCompress)(corpo, { params })];
    }
    if (/\bgzip\b/.test(aceita)) {
        return ['gzip', await promisify(gzip)(corpo)];
    }
    return [null, corpo];
}

/**
 * Serve `pasta` em 127.0.0.1, em uma porta livre; o que não existe responde com 404.html.
 * `comoNaRede` comprime e manda guardar, como um servidor de arquivos bem configurado:
 * para sempre o que tem impressão no nome, e com uma pergunta a cada vez o resto.
 */
export async function servir(pasta, { comoNaRede = false } = {}) {
    const prontos = new Map();
    const preparar = async (servido, corpo, pedido) => {
        const extensao = path.extname(servido);
        const cabecalhos = { 'content-type': TIPOS[extensao] ?? 'application/octet-stream' };
        if (!comoNaRede) {
            return { cabecalhos, corpo };
        }
        cabecalhos['cache-control'] = COM_IMPRESSAO.test(servido)
            ? 'public, max-age=31536000, immutable'
            : 'no-cache';
        if (SEM_COMPRIMIR.includes(extensao)) {
            return { cabecalhos, corpo };
        }
        const aceita = String(pedido.headers['accept-encoding'] ?? '');
        const chave = `${servido} ${/\bbr\b/.test(aceita)} ${/\bgzip\b/.test(aceita)}`;
        if (!prontos.has(chave)) {
            prontos.set(chave, comprimir(corpo, aceita));
        }
        const [como, comprimido] = await prontos.get(chave);
        cabecalhos.vary = 'accept-encoding';
        if (como) {
            cabecalhos['content-encoding'] = como;
        }
        return { cabecalhos, corpo: comprimido };
    };
    const servidor = createServer(async (pedido, resposta) => {
        const caminho = decodeURIComponent(new URL(pedido.url, 'http://localhost').pathname);
        // Só o pedem as páginas sem ícone: as de redirecionamento, que ninguém chega a ver.
        if (caminho === '/favicon.ico') {
            resposta.writeHead(204).end();
            return;
        }
        const arquivo = path.join(pasta, caminho.endsWith('/') ? `${caminho}index.html` : caminho);
        let codigo = 200;
        let servido = arquivo;
        let lido;
        try {
            lido = await readFile(arquivo);
        } catch {
            codigo = 404;
            servido = path.join(pasta, '404.html');
            lido = await readFile(servido).catch(() => '');
        }
        const { cabecalhos, corpo } = await preparar(servido, lido, pedido);
        resposta.writeHead(codigo, { ...cabecalhos, 'content-length': Buffer.byteLength(corpo) });
        resposta.end(corpo);
    });
    await new Promise((resolver, rejeitar) => {
        servidor.once('error', rejeitar);
        servidor.listen(0, '127.0.0.1', resolver);
    });
    return {
        origem: `http://127.0.0.1:${servidor.address().port}`,
        fechar: () => new Promise(resolver => {
            servidor.closeAllConnections();
            servidor.close(resolver);
        }),
    };
}
