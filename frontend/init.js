import { initAll } from './govuk-frontend.min.js'

initAll()

// Where style sheets cannot keep the filters of a wide screen open, they are opened.
const filters = document.querySelector('.app-filters-panel')
if (filters && !CSS.supports('selector(::details-content)')) {
  filters.open = window.matchMedia('(min-width: 40.0625rem)').matches
}
