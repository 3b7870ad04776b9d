// Keeps the patients' pages on the phone: what FILES names is fetched at installation and answered from the phone from
// then on. Its own bytes change with every build, so a browser notices a new one. It touches no data. A push says only
// that there is something to answer.
const FILES = /*FILES*/[]
const NAME = 'casebook-p-' + FILES.join().split('').reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7)
addEventListener('install', e => e.waitUntil(caches.open(NAME).then(c => c.addAll(FILES.map(f => new Request(f, { cache: 'reload' })))).then(() => skipWaiting())))
addEventListener('activate', e => e.waitUntil(caches.keys().then(all => Promise.all(all.filter(n => n.startsWith('casebook-p-') && n !== NAME).map(n => caches.delete(n)))).then(() => clients.claim())))
addEventListener('fetch', e => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/api/')) return
  const name = e.request.mode === 'navigate' ? '/p/' : url.pathname
  e.respondWith(caches.match(name, { ignoreVary: true }).then(kept => kept ?? fetch(e.request)))
})
addEventListener('push', e => {
  const m = e.data?.json() ?? {}
  e.waitUntil(registration.showNotification(m.title ?? '患者日记 · Patient diary', { body: m.body ?? '', tag: m.id, data: m.link }))
})
addEventListener('notificationclick', e => {
  e.notification.close()
  e.waitUntil(clients.matchAll({ type: 'window' }).then(all => all.length ? all[0].focus() : clients.openWindow('/p/')))
})
